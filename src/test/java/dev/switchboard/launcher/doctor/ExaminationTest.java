package dev.switchboard.launcher.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.launcher.connect.Certificates;
import dev.switchboard.launcher.doctor.FakeSite.Flaw;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExaminationTest {

    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final List<Finding> findings = new ArrayList<>();

    private Site site(String root) {
        return new Site(
                URI.create(root),
                Certificates.TRUSTED,
                Certificates.TRUSTED.client(LONG),
                "",
                "https://app.example.com",
                "c",
                SHORT,
                LONG);
    }

    private static Site with(Site site, Certificates certificates, Duration idle, Duration patience) {
        return new Site(
                site.root(),
                certificates,
                certificates.client(LONG),
                site.token(),
                site.origin(),
                site.channel(),
                idle,
                patience);
    }

    private Site site(FakeSite fake) {
        return site("http://127.0.0.1:" + fake.port() + "/");
    }

    private Examination examine(Site site) throws InterruptedException {
        Examination examination = new Examination(site, Clock.systemUTC(), findings::add);
        examination.run();
        return examination;
    }

    private Finding finding(String check) {
        return findings.stream()
                .filter(each -> each.check().equals(check))
                .findFirst()
                .orElseThrow();
    }

    private List<String> faults() {
        return findings.stream()
                .filter(each -> each.verdict() == Verdict.FAULT)
                .map(Finding::check)
                .toList();
    }

    @Test
    void a_sound_site_has_no_fault_and_each_check_has_a_line() throws Exception {
        try (FakeSite fake = new FakeSite()) {
            Examination examination = examine(site(fake));
            assertThat(examination.hasFault()).as(findings.toString()).isFalse();
            assertThat(examination.cures()).isEmpty();
        }
        assertThat(findings)
                .extracting(Finding::check)
                .containsExactly(
                        "reachable",
                        "clock",
                        "ready",
                        "upgrade",
                        "origin",
                        "origin",
                        "message",
                        "size",
                        "idle",
                        "close",
                        "stream",
                        "sse");
        assertThat(finding("reachable").text()).endsWith("its Server header is nginx/1.22.1");
        assertThat(finding("size").text()).contains("65000");
        assertThat(finding("idle").verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(finding("idle").text())
                .endsWith("the relay sends a ping each 25 s, and --idle 55s waits for two of them");
        assertThat(finding("close").text()).endsWith("3501");
    }

    @Test
    void a_proxy_that_drops_the_upgrade_is_named_with_its_cure() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.NO_UPGRADE)) {
            Examination examination = examine(site(fake));
            assertThat(faults()).containsExactly("upgrade");
            assertThat(finding("upgrade").text()).contains("426", "drops the headers");
            assertThat(finding("stream").verdict()).isEqualTo(Verdict.OK);
            assertThat(examination.cures()).containsExactly(Cure.UPGRADE);
            assertThat(examination.proxies()).containsExactly(Proxy.NGINX);
        }
    }

    @Test
    void a_proxy_that_forbids_the_upgrade_is_named() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.FORBIDDEN)) {
            examine(site(fake));
            assertThat(faults()).containsExactly("upgrade");
            assertThat(finding("upgrade").text()).contains("403", "firewall");
        }
    }

    @Test
    void a_refused_origin_names_the_setting_and_its_value() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.ORIGIN)) {
            Examination examination = examine(site(fake));
            assertThat(faults()).containsExactly("origin", "origin");
            assertThat(findings)
                    .filteredOn(each -> each.check().equals("origin"))
                    .extracting(Finding::text)
                    .satisfiesExactly(
                            own -> assertThat(own)
                                    .endsWith("switchboard.origins=http://127.0.0.1:" + fake.port()
                                            + " allows them as well"),
                            other -> assertThat(other)
                                    .endsWith("switchboard.origins=https://app.example.com allows them"));
            assertThat(examination.cures()).containsExactly(Cure.HOST);
        }
    }

    @Test
    void a_proxy_that_collects_events_is_named_with_its_cure() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.BUFFERED)) {
            Site site = site(fake);
            Examination examination = examine(with(site, site.certificates(), SHORT, Duration.ofSeconds(2)));
            assertThat(faults()).containsExactly("stream", "sse");
            assertThat(finding("sse").text()).contains("the first event does not arrive within 2000 ms");
            assertThat(examination.cures()).containsExactly(Cure.BUFFERING);
        }
    }

    @Test
    void a_proxy_that_ends_quiet_connections_is_named_with_its_cure() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.HASTY)) {
            Site site = site(fake);
            Examination examination = examine(with(site, site.certificates(), LONG, LONG));
            assertThat(faults()).containsExactly("idle");
            assertThat(finding("idle").text())
                    .containsPattern(
                            "^a connection that was quiet for \\d+ ms ended without a close frame \\(1006\\), ")
                    .contains("each 25 s");
            assertThat(examination.cures()).containsExactly(Cure.IDLE);
        }
    }

    @Test
    void messages_of_a_busy_channel_hide_no_proxy_that_ends_quiet_connections() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.HASTY, Flaw.BUSY)) {
            Site site = site(fake);
            examine(with(site, site.certificates(), Duration.ofSeconds(5), LONG));
            assertThat(faults()).containsExactly("idle");
        }
    }

    @Test
    void a_time_longer_than_the_clock_of_java_counts_is_no_error() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.PINGS)) {
            Site site = site(fake);
            examine(with(site, site.certificates(), Duration.ofDays(200_000), LONG));
            assertThat(finding("idle").verdict()).isEqualTo(Verdict.OK);
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void an_answer_without_its_body_is_no_answer() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.NO_BODY)) {
            Site site = site(fake);
            examine(with(site, site.certificates(), SHORT, Duration.ofSeconds(1)));
            assertThat(faults()).containsExactly("reachable");
            assertThat(finding("reachable").text()).endsWith("no answer");
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_peer_that_reads_nothing_does_not_hold_a_check() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.DEAF)) {
            Site site = site(fake);
            try (CheckedSocket socket =
                    CheckedSocket.open(with(site, site.certificates(), SHORT, Duration.ofSeconds(2)), "")) {
                String large = "x".repeat(1_000_000);
                while (socket.end() == null) {
                    socket.send(large);
                }
                assertThat(socket.end()).hasToString("without a close frame (1006)");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "FULL ~ HTTP 503 and no event stream: the relay stops or is full; its log names the limit",
                "CUT ~ the event stream ends before the first event arrives: something closes it",
                "NO_JSON ~ an event that is not of a relay arrives: "
            })
    void an_event_stream_that_does_not_begin_has_its_own_words(Flaw flaw, String words) throws Exception {
        try (FakeSite fake = new FakeSite(flaw)) {
            Examination examination = examine(site(fake));
            assertThat(faults()).containsExactly("stream", "sse");
            assertThat(finding("stream").text()).startsWith(words);
            assertThat(examination.cures()).isEmpty();
        }
    }

    @Test
    void a_page_in_place_of_an_event_stream_is_named() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.PAGE)) {
            examine(site(fake));
            assertThat(faults()).containsExactly("stream", "sse");
            assertThat(finding("sse").text())
                    .startsWith("HTTP 200 with Content-Type ")
                    .contains("instead of text/event-stream");
        }
    }

    @Test
    void a_connection_that_lasts_from_ping_to_ping_is_sound() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.PINGS)) {
            Site site = site(fake);
            examine(with(site, site.certificates(), LONG, LONG));
            assertThat(faults()).isEmpty();
            assertThat(finding("idle").verdict()).isEqualTo(Verdict.OK);
        }
    }

    @Test
    void a_proxy_that_drops_close_frames_is_named() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.NO_CLOSE_FRAME)) {
            examine(site(fake));
            assertThat(faults()).containsExactly("close");
            assertThat(finding("close").text()).contains("3501", "1006");
        }
    }

    @Test
    void a_proxy_that_limits_messages_is_named_with_the_sizes() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.NARROW)) {
            examine(site(fake));
            assertThat(faults()).containsExactly("size");
            assertThat(finding("size").text()).startsWith("a message of 16000 bytes does not pass, one of 4000 does");
            assertThat(finding("idle").verdict()).isEqualTo(Verdict.UNKNOWN);
        }
    }

    @Test
    void a_server_that_wants_a_token_is_no_fault() throws Exception {
        try (FakeSite fake = new FakeSite(Flaw.CLOSED)) {
            Site site = site(fake);
            examine(site);
            assertThat(faults()).isEmpty();
            assertThat(finding("message").verdict()).isEqualTo(Verdict.UNKNOWN);
            assertThat(finding("message").text()).contains("--token");
            findings.clear();
            examine(new Site(
                    site.root(),
                    site.certificates(),
                    site.http(),
                    "canary",
                    site.origin(),
                    site.channel(),
                    site.idle(),
                    site.patience()));
            assertThat(finding("message").verdict()).isEqualTo(Verdict.OK);
            assertThat(finding("stream").verdict()).isEqualTo(Verdict.OK);
            assertThat(finding("sse").verdict()).isEqualTo(Verdict.UNKNOWN);
            assertThat(findings.toString()).doesNotContain("canary");
        }
    }

    @Test
    void a_clock_that_is_wrong_is_a_fault_and_a_missing_one_is_not_known() throws Exception {
        try (FakeSite fake = new FakeSite()) {
            new Examination(site(fake), Clock.offset(Clock.systemUTC(), Duration.ofMinutes(10)), findings::add).run();
            assertThat(faults()).containsExactly("clock");
            assertThat(finding("clock").text()).contains("behind this one", "NTP");
        }
        findings.clear();
        try (FakeSite fake = new FakeSite(Flaw.NO_DATE)) {
            examine(site(fake));
            assertThat(finding("clock").verdict()).isEqualTo(Verdict.UNKNOWN);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "http://nowhere.invalid/ ~ reachable ~ unknown host",
                "https://nowhere.invalid/ ~ tls ~ unknown host",
                "http://127.0.0.1:%d/ ~ reachable ~ connection refused"
            })
    void an_absent_server_is_one_line(String root, String check, String words) throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        examine(site(root.formatted(closed)));
        assertThat(findings).hasSize(1);
        assertThat(faults()).containsExactly(check);
        assertThat(finding(check).text()).endsWith(words);
    }

    @Test
    void a_path_without_a_relay_ends_the_checks() throws Exception {
        try (FakeSite fake = new FakeSite()) {
            examine(site("http://127.0.0.1:" + fake.port() + "/elsewhere/"));
            assertThat(faults()).containsExactly("ready");
            assertThat(finding("ready").text()).startsWith("HTTP 404: no relay is below this URL");
            assertThat(findings).hasSize(3);
        }
    }

    @Test
    void a_self_signed_certificate_is_a_sentence_and_insecure_accepts_it(@TempDir Path folder) throws Exception {
        try (FakeSite fake = new FakeSite(FakeCertificate.sockets(folder, "-validity", "2"))) {
            Site site = site("https://127.0.0.1:" + fake.port() + "/");
            examine(site);
            assertThat(findings).hasSize(1);
            assertThat(faults()).containsExactly("tls");
            assertThat(finding("tls").text()).isEqualTo("the certificate is self-signed, so no client trusts it");
            assertThat(failureOf(site))
                    .isEqualTo("no authority that this Java trusts has signed the certificate of the server;"
                            + " --insecure accepts a self-signed one");
            findings.clear();
            examine(with(site, Certificates.ANY, SHORT, LONG));
            assertThat(faults()).isEmpty();
            assertThat(finding("message").verdict()).isEqualTo(Verdict.OK);
            assertThat(finding("stream").verdict()).isEqualTo(Verdict.OK);
        }
    }

    @Test
    void an_expired_certificate_and_one_of_another_name_are_sentences(@TempDir Path folder) throws Exception {
        try (FakeSite fake = new FakeSite(FakeCertificate.sockets(folder, "-startdate", "-10d", "-validity", "3"))) {
            Site site = site("https://127.0.0.1:" + fake.port() + "/");
            examine(site);
            assertThat(finding("tls").text()).startsWith("the certificate of CN=site expired on 20");
        }
        findings.clear();
        Files.delete(folder.resolve("keys"));
        try (FakeSite fake = new FakeSite(FakeCertificate.sockets(folder, "-validity", "2"))) {
            examine(site("https://localhost:" + fake.port() + "/"));
            assertThat(finding("tls").text()).isEqualTo("the certificate is not for localhost but for 127.0.0.1");
        }
    }

    @Test
    void a_server_without_tls_is_a_sentence() throws Exception {
        try (FakeSite fake = new FakeSite()) {
            Site site = site("https://127.0.0.1:" + fake.port() + "/");
            examine(with(site, site.certificates(), SHORT, Duration.ofSeconds(2)));
            assertThat(faults()).containsExactly("tls");
        }
    }

    /** Returns the words with which other commands say why they cannot connect. */
    private static String failureOf(Site site) {
        try {
            CheckedSocket.open(site, "").close();
            return "none";
        } catch (IOException failure) {
            return String.valueOf(failure.getMessage());
        }
    }
}
