package dev.switchboard.launcher.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CureTest {

    @ParameterizedTest
    @EnumSource
    void each_line_of_a_cure_stands_in_the_file_of_its_proxy(Cure cure) throws IOException {
        for (Proxy proxy : Proxy.values()) {
            Set<String> file = Files.readAllLines(Path.of(proxy.file())).stream()
                    .map(line -> line.replaceAll("\\s*#.*", "").strip())
                    .collect(Collectors.toSet());
            assertThat(cure.lines(proxy)).isNotEmpty();
            assertThat(cure.lines(proxy))
                    .filteredOn(line -> !line.startsWith("#"))
                    .allSatisfy(line -> assertThat(file).contains(line));
        }
    }

    @Test
    void a_proxy_is_known_by_its_server_header() {
        assertThat(Arrays.stream(new String[] {"nginx/1.22.1", "Apache/2.4.71 (Debian)", "Caddy", "HAProxy"})
                        .map(Proxy::named))
                .containsExactly(
                        List.of(Proxy.NGINX), List.of(Proxy.APACHE), List.of(Proxy.CADDY), List.of(Proxy.HAPROXY));
        assertThat(Proxy.named("")).containsExactly(Proxy.values());
    }
}
