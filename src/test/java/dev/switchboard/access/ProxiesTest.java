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
                // remote address ~ X-Forwarded-For ~ client
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
    void client_returns_the_first_address_from_the_right_that_is_no_proxy(
            String remote, String headers, String client) {
        List<String> forwarded = headers.isEmpty() ? List.of() : Arrays.asList(headers.split("\\|", -1));
        assertThat(TRUSTED.client(remote, forwarded)).isEqualTo(client);
    }

    @Test
    void client_ignores_the_header_without_trusted_proxies() {
        assertThat(new Proxies(List.of()).client("127.0.0.1", List.of("203.0.113.9")))
                .isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0/0", "10.1.2.3/32", "10.1.2.2/31", "10.1.2.99/24", "10.1.2.3"})
    void a_block_contains_the_addresses_with_its_bits(String block) {
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
    void an_entry_is_refused_if_it_is_no_block(String entry) {
        assertThatThrownBy(() -> new Proxies(List.of(entry)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(entry);
    }

    private static Generator<String> malformedHeaders() {
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

    /** For any header of a client, the result is an address, and no name is looked up. */
    @Test
    void client_returns_an_address_for_any_header() {
        Generator<String> headers = malformedHeaders();
        Trials.run(TRIALS, random -> assertAddress(headers.next(random)));
    }

    private static void assertAddress(String header) {
        String client = TRUSTED.client("10.1.2.3", List.of(header));
        assertThat(client).matches("[0-9a-f.:]+");
        assertThat(Address.of(client)).isNotNull();
        assertThat(TRUSTED.client("198.51.100.1", List.of(header))).isEqualTo("198.51.100.1");
    }

    @Test
    void client_ignores_all_entries_left_of_the_client() {
        Generator<String> headers = malformedHeaders();
        Trials.run(
                TRIALS,
                random -> assertThat(TRUSTED.client("10.1.2.3", List.of(headers.next(random), "203.0.113.9,10.0.0.1")))
                        .isEqualTo("203.0.113.9"));
    }

    @Test
    void client_returns_each_address_unchanged() {
        Trials.run(TRIALS, random -> assertUnchanged(random.nextInt(), random.nextLong()));
    }

    private static void assertUnchanged(int bits, long network) {
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
                // remote address ~ X-Forwarded-Proto ~ schemes
                "10.1.2.3 ~ https ~ https",
                "10.1.2.3 ~ HTTP ~ http",
                "10.1.2.3 ~ wss ~ https",
                "10.1.2.3 ~ https, http ~ http,https",
                "10.1.2.3 ~ '' ~ ''",
                "10.1.2.3 ~ gopher ~ ''",
                "198.51.100.1 ~ https ~ ''",
                "unix ~ https ~ ''"
            })
    void schemes_are_those_that_trusted_proxies_name(String remote, String header, String schemes) {
        assertThat(String.join(",", new TreeSet<>(TRUSTED.schemes(remote, List.of(header)))))
                .isEqualTo(schemes);
    }
}
