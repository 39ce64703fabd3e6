package dev.switchboard.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.console.Operator.Mode;
import dev.switchboard.console.Operators.Pause;
import dev.switchboard.console.Operators.Refusal;
import dev.switchboard.console.Operators.Session;
import dev.switchboard.hub.FakeClock;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OperatorsTest {

    private static final String ALL = "password of all";
    private static final String READER = "password of readers";
    private static final String HOME = "192.0.2.1";

    private final FakeClock clock = new FakeClock();
    private final Operators operators =
            new Operators(new ConsoleSettings(Password.of(ALL), "", Password.of(READER), ""), clock);

    private Session login(String password) {
        return (Session) operators.login(password, HOME);
    }

    @Test
    void each_password_gives_its_own_mode() {
        assertThat(login(ALL).operator().mode()).isEqualTo(Mode.ALL);
        assertThat(login(READER).operator().mode()).isEqualTo(Mode.READ);
        assertThat(operators.login("guessed", HOME)).isEqualTo(Refusal.WRONG);
        assertThat(operators.login("", HOME)).isEqualTo(Refusal.WRONG);
    }

    @Test
    void without_a_reader_password_no_password_reads() {
        Operators alone = new Operators(new ConsoleSettings(Password.of(ALL), "", Password.NONE, ""), clock);
        assertThat(alone.login("", HOME)).isEqualTo(Refusal.WRONG);
        assertThat(alone.login(READER, HOME)).isEqualTo(Refusal.WRONG);
    }

    @Test
    void after_five_wrong_passwords_in_a_minute_an_address_has_to_wait() {
        for (int i = 0; i < 5; i++) {
            assertThat(operators.login("guess " + i, HOME)).isEqualTo(Refusal.WRONG);
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(operators.login(ALL, HOME)).isEqualTo(new Pause(56)); // else a guess could still be right
        assertThat(operators.login(ALL, "192.0.2.2")).isInstanceOf(Session.class);

        clock.advance(Duration.ofSeconds(55));
        assertThat(login(ALL).operator().mode()).isEqualTo(Mode.ALL);
    }

    @Test
    void a_right_password_lets_the_tries_begin_anew() {
        for (int i = 0; i < 20; i++) {
            assertThat(operators.login("guess", HOME)).isEqualTo(Refusal.WRONG);
            assertThat(operators.login(ALL, HOME)).isInstanceOf(Session.class);
        }
    }

    @Test
    void a_session_is_known_until_its_logout() {
        Session session = login(ALL);
        Operator known = Objects.requireNonNull(operators.find(session.session(), HOME));
        assertThat(known.mode()).isEqualTo(Mode.ALL);
        assertThat(known.csrf()).isEqualTo(session.operator().csrf()).isNotEqualTo(session.session());
        assertThat(known.valid().getAsBoolean()).isTrue();

        operators.logout(session.session());
        assertThat(operators.find(session.session(), HOME)).isNull();
        assertThat(known.valid().getAsBoolean()).isFalse();
    }

    @Test
    void a_session_ends_twelve_hours_after_its_last_use() {
        String session = login(ALL).session();
        clock.advance(Duration.ofHours(11));
        assertThat(operators.find(session, HOME)).isNotNull();
        clock.advance(Duration.ofHours(11));
        assertThat(operators.find(session, HOME)).isNotNull();
        clock.advance(Duration.ofHours(13));
        assertThat(operators.find(session, HOME)).isNull();
    }

    @Test
    void a_session_that_was_made_up_is_unknown() {
        assertThat(operators.find("made up", HOME)).isNull();
    }

    @Test
    void each_operator_has_to_bring_its_own_csrf() {
        Operator one = login(ALL).operator();
        Operator other = login(ALL).operator();
        assertThat(Operators.isCsrf(one, one.csrf())).isTrue();
        assertThat(Operators.isCsrf(one, other.csrf())).isFalse();
        assertThat(Operators.isCsrf(one, null)).isFalse();
        assertThat(Operators.isCsrf(one, "")).isFalse();

        Operator ann = operators.ofContainer("ann", HOME, Mode.ALL);
        assertThat(ann.csrf())
                .isEqualTo(operators.ofContainer("ann", HOME, Mode.ALL).csrf());
        assertThat(ann.csrf())
                .isNotEqualTo(operators.ofContainer("bob", HOME, Mode.ALL).csrf());

        Operator withKey = new Operator("key", HOME, Mode.READ, "", () -> true);
        assertThat(Operators.isCsrf(withKey, "")).isFalse();
    }
}
