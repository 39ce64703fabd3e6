package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.HostAndPort;

class RedisUrlTest {

    private static RedisUrl one(String text) {
        List<RedisUrl> urls = RedisUrl.list(text);
        assertThat(urls).hasSize(1);
        return urls.get(0);
    }

    @Test
    void a_host_is_enough() {
        RedisUrl url = one("redis://db.example.com");

        assertThat(url.kind()).isEqualTo(RedisUrl.Kind.SERVER);
        assertThat(url.servers()).containsExactly(new HostAndPort("db.example.com", 6379));
        assertThat(url.login()).isEqualTo(new Login("", "", 0, false));
    }

    @Test
    void a_url_has_a_user_a_password_a_port_and_a_database() {
        RedisUrl url = one("rediss://app:s%40c%2Fr+t%25@db.example.com:7000/3");

        assertThat(url.servers()).containsExactly(new HostAndPort("db.example.com", 7000));
        assertThat(url.login()).isEqualTo(new Login("app", "s@c/r+t%", 3, true));
    }

    @Test
    void a_password_may_stand_without_a_user_and_an_address_of_version_6_in_brackets() {
        RedisUrl url = one("redis://:secret@[::1]:7000/");

        assertThat(url.servers()).containsExactly(new HostAndPort("::1", 7000));
        assertThat(url.login()).isEqualTo(new Login("", "secret", 0, false));
    }

    @Test
    void sentinels_have_a_name_of_the_master_and_a_login_of_their_own() {
        RedisUrl url =
                one("rediss+sentinel://app:one@s1,s2:5000/orders/2?sentinel_user=watch&sentinel_password=t%26wo");

        assertThat(url.kind()).isEqualTo(RedisUrl.Kind.SENTINEL);
        assertThat(url.servers()).containsExactly(new HostAndPort("s1", 26379), new HostAndPort("s2", 5000));
        assertThat(url.master()).isEqualTo("orders");
        assertThat(url.login()).isEqualTo(new Login("app", "one", 2, true));
        assertThat(url.sentinelLogin()).isEqualTo(new Login("watch", "t&wo", 0, true));
    }

    @Test
    void a_cluster_has_several_servers() {
        RedisUrl url = one("redis+cluster://:secret@h1:7000,h2");

        assertThat(url.kind()).isEqualTo(RedisUrl.Kind.CLUSTER);
        assertThat(url.servers()).containsExactly(new HostAndPort("h1", 7000), new HostAndPort("h2", 6379));
    }

    @Test
    void spaces_or_commas_separate_urls() {
        assertThat(RedisUrl.list(" redis://a, redis://b\nredis+sentinel://c,d/m,rediss://e "))
                .extracting(url -> url.servers().toString())
                .containsExactly("[a:6379]", "[b:6379]", "[c:26379, d:26379]", "[e:6379]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|must look like redis://",
                "localhost:6379|must look like redis://",
                "http://secret@host|must look like redis://",
                "redis+other://:secret@host|must look like redis://",
                "redis://user:sec/ret@host|must look like redis://",
                "redis://user:sec@ret@|must look like redis://",
                "redis://user:secret@host/0/1/2|must look like redis://",
                "redis://user:secret@host/first|number of a database",
                "redis://user:secret@host/1/2|number of a database",
                "redis://user:secret@host:0|port that is not between",
                "redis://user:secret@host:65536|port that is not between",
                "redis://user:secret@host:secret|host:port",
                "redis://user:secret@a,b|repeat redis://",
                "redis://secret@host|user without a password",
                "redis://user:@host|user without a password",
                "redis://user:secret%zz@host|two hexadecimal digits",
                "redis://user:secret@host?password=secret|unknown parameter",
                "redis+sentinel://user:secret@host|lacks the name of the master",
                "redis+sentinel://user:secret@host/m?x=secret|unknown parameter",
                "redis+cluster://user:secret@host/1|only database 0",
                "redis+cluster://user:secret@a redis://b|must be the only URL",
                "redis://user:secret@a redis://user:secret@a|are the same"
            })
    void a_wrong_url_is_explained_and_no_password_is_quoted(String text, String explanation) {
        assertThatThrownBy(() -> RedisUrl.list(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(explanation)
                .satisfies(error -> assertThat(error.toString()).doesNotContain("sec", "ret"));
    }

    @Test
    void the_message_says_which_url_is_wrong() {
        assertThatThrownBy(() -> RedisUrl.list("redis://a redis://b:0")).hasMessageContaining("URL 2");
    }

    @Test
    void no_text_of_a_url_shows_a_password() {
        assertThat(RedisUrl.list("redis+sentinel://user:secret@h/m?sentinel_password=secret")
                        .toString())
                .contains("user")
                .doesNotContain("secret");
    }
}
