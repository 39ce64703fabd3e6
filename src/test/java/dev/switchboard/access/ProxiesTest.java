package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.Generator;
import dev.switchboard.Trials;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {

    private static final int TRIALS = 1000;

    private static final Proxies TRUSTED =
            new Proxies(List.of("10.0.0.0/8", "192.0.2.7", "2001:db8:ffff::/48", "172.16.0.0/12", "::1"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                // who connects ~ X-Forwarded-For ~ the client
                "198.51.100.1 ~ '' ~ 198.51.100.1",
                "198.51.100.1 ~ 203.0.113.9 ~ 198.51.100.1",
                "10.1.2.3 ~ 203.0.113.9 ~ 203.0.113.9",
                "10.1.2.3 ~ 1.1.1.1, 203.0.113.9 ~ 203.0.113.9",
                "10.1.2.3 ~ 1.1.1.1,203.0.113.9,10.9.9.9 ~ 203.0.113.9",
                "10.1.2.3 ~ 1.1.1.1|203.0.113.9|10.9.9.9 ~ 203.0.113.9",
                "10.1.2.3 ~ 10.0.0.1, 10.0.0.2 ~ 10.0.0.1",
                "192.0.2.7 ~ 203.0.113.9:4711 ~ 203.0.113.9",
                "192.0.2.8 ~ 203.0.113.9 ~ 192.0.2.8",
                "172.31.255.255 ~ 203.0.113.9 ~ 203.0.113.9",
                "172.32.0.0 ~ 203.0.113.9 ~ 172.32.0.0",
                "::ffff:10.1.2.3 ~ 203.0.113.9 ~ 203.0.113.9",
                "10.1.2.3 ~ ::ffff:203.0.113.9 ~ 203.0.113.9",
                "0:0:0:0:0:0:0:1 ~ 203.0.113.9 ~ 203.0.113.9",
                "10.1.2.3 ~ 2001:db8:1:2:3:4:5:6 ~ 2001:db8:1:2:0:0:0:0",
                "10.1.2.3 ~ [2001:db8:1:2:3:4:5:6]:4711 ~ 2001:db8:1:2:0:0:0:0",
                "10.1.2.3 ~ [2001:db8:1:2::9] ~ 2001:db8:1:2:0:0:0:0",
                "2001:db8:ffff:1::1 ~ 203.0.113.9 ~ 203.0.113.9",
                "2001:db8:fffe:1::1 ~ 203.0.113.9 ~ 2001:db8:fffe:1:0:0:0:0",
                "fe80:0:0:0:1:2:3:4%eth0 ~ '' ~ fe80:0:0:0:0:0:0:0",
                "10.1.2.3 ~ unknown ~ 10.1.2.3",
                "10.1.2.3 ~ 203.0.113.9, unknown, 10.9.9.9 ~ 10.9.9.9",
                "10.1.2.3 ~ '203.0.113.9, ' ~ 10.1.2.3",
                "10.1.2.3 ~ 203.0.113.9, _hidden ~ 10.1.2.3",
                "10.1.2.3 ~ localhost ~ 10.1.2.3",
                "10.1.2.3 ~ 203.0.113.09 ~ 10.1.2.3",
                "10.1.2.3 ~ 203.0.113.256 ~ 10.1.2.3",
                "10.1.2.3 ~ 3405803785 ~ 10.1.2.3",
                "10.1.2.3 ~ 0x7f.1 ~ 10.1.2.3",
                "10.1.2.3 ~ ::g ~ 10.1.2.3",
                "10.1.2.3 ~ junk, 203.0.113.9 ~ 203.0.113.9",
                "unix ~ 203.0.113.9 ~ ''"
            })
    void the_client_is_the_first_from_the_right_that_is_no_proxy(String remote, String headers, String client) {
        List<String> forwarded = headers.isEmpty() ? List.of() : Arrays.asList(headers.split("\\|", -1));
        assertThat(TRUSTED.client(remote, forwarded)).isEqualTo(client);
    }

    @Test
    void without_proxies_nobody_speaks_for_another() {
        assertThat(new Proxies(List.of()).client("127.0.0.1", List.of("203.0.113.9")))
                .isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0/0", "10.1.2.3/32", "10.1.2.2/31", "10.1.2.99/24", "10.1.2.3"})
    void a_block_holds_what_its_bits_say(String block) {
        assertThat(new Proxies(List.of(block)).client("10.1.2.3", List.of("203.0.113.9")))
                .isEqualTo("203.0.113.9");
        assertThat(new Proxies(List.of(block)).client("2001:db8::1", List.of("203.0.113.9")))
                .isEqualTo("2001:db8:0:0:0:0:0:0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy.example",
                "10.0.0.0/33",
                "::/129",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0/8",
                "/8",
                "1.2.3.4/8/8"
            })
    void an_entry_that_is_no_block_is_refused(String entry) {
        assertThatThrownBy(() -> new Proxies(List.of(entry)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(entry);
    }

    private static Generator<String> nonsense() {
        Generator<String> pieces = Generator.of(
                "10.0.0.1",
                "203.0.113.9",
                "2001:db8::1",
                "::",
                ":",
                "[",
                "]",
                "%",
                "%1",
                "/",
                ".",
                "0",
                "255",
                "ffff",
                ",",
                " ",
                ":80",
                "localhost",
                "é",
                "\u0000",
                "::ffff:1.2.3.4",
                "\t");
        return Generator.oneOf(pieces.lists(0, 12).map(list -> String.join("", list)), Generator.texts(60));
    }

    /** Whatever it is that a client writes, the answer is an address and comes from the JDK's reader of numbers alone. */
    @Test
    void whatever_the_header_says_the_answer_is_an_address() {
        Generator<String> headers = nonsense();
        Trials.run(TRIALS, random -> theAnswerIsAnAddress(headers.next(random)));
    }

    private static void theAnswerIsAnAddress(String header) {
        String client = TRUSTED.client("10.1.2.3", List.of(header));
        assertThat(client).matches("[0-9a-f.:]+");
        assertThat(Address.of(client)).isNotNull();
        assertThat(TRUSTED.client("198.51.100.1", List.of(header))).isEqualTo("198.51.100.1");
    }

    @Test
    void what_stands_on_the_left_of_the_client_changes_nothing() {
        Generator<String> headers = nonsense();
        Trials.run(
                TRIALS,
                random -> assertThat(TRUSTED.client("10.1.2.3", List.of(headers.next(random), "203.0.113.9,10.0.0.1")))
                        .isEqualTo("203.0.113.9"));
    }

    @Test
    void every_address_is_read_back_as_itself() {
        Trials.run(TRIALS, random -> isReadBack(random.nextInt(), random.nextLong()));
    }

    private static void isReadBack(int bits, long network) {
        String four = (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
        assertThat(new Proxies(List.of()).client(four, List.of())).isEqualTo(four);
        String six = Long.toHexString(network >>> 48 | 1) + ":" + Long.toHexString(network >>> 32 & 0xffff) + ":"
                + Long.toHexString(network >>> 16 & 0xffff) + ":" + Long.toHexString(network & 0xffff);
        assertThat(new Proxies(List.of()).client(six + ":1:2:3:4", List.of())).isEqualTo(six + ":0:0:0:0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                // who connects ~ X-Forwarded-Proto ~ the schemes
                "10.1.2.3 ~ https ~ https",
                "10.1.2.3 ~ HTTP ~ http",
                "10.1.2.3 ~ wss ~ https",
                "10.1.2.3 ~ https, http ~ http,https",
                "10.1.2.3 ~ '' ~ ''",
                "10.1.2.3 ~ gopher ~ ''",
                "198.51.100.1 ~ https ~ ''",
                "unix ~ https ~ ''"
            })
    void the_schemes_of_a_request_are_what_trusted_proxies_say(String remote, String header, String schemes) {
        assertThat(String.join(",", new TreeSet<>(TRUSTED.schemes(remote, List.of(header)))))
                .isEqualTo(schemes);
    }
}
