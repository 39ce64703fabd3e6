package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests what becomes of figures that the system does not give. */
class ProcessMetricsTest {

    @TempDir
    private Path folder;

    @Test
    void the_resident_memory_is_left_out_if_its_file_cannot_be_read() throws IOException {
        Path rubbish = Files.write(folder.resolve("rubbish"), new byte[] {(byte) 0xFF, (byte) 0xFE, '\n'});
        assertThat(ProcessMetrics.residentBytes(rubbish)).isEmpty();
        assertThat(ProcessMetrics.residentBytes(folder.resolve("absent"))).isEmpty();
        assertThat(ProcessMetrics.residentBytes(folder)).isEmpty();
        Path good = Files.writeString(folder.resolve("good"), "Name:\tjava\nVmRSS:\t  12 kB\n");
        assertThat(ProcessMetrics.residentBytes(good)).isEqualTo(Map.of(Labels.EMPTY, 12_288.0));
    }

    @Test
    void a_figure_that_the_jvm_does_not_know_is_left_out() {
        assertThat(ProcessMetrics.known(-1)).isEmpty();
        assertThat(ProcessMetrics.known(0)).isEqualTo(Map.of(Labels.EMPTY, 0.0));
    }
}
