package dev.switchboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class DisconnectTest {

    @Test
    void a_reason_is_never_empty_and_fits_a_close_frame() {
        assertThatThrownBy(() -> new Disconnect(3000, " ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Disconnect(3000, "é".repeat(62))).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Disconnect(3000, "é".repeat(61) + "x").reason()).hasSize(62);
    }

    @Test
    void the_label_is_the_code_unless_only_an_application_uses_it() throws IllegalAccessException {
        int constants = 0;
        for (Field field : Disconnect.class.getFields()) {
            if (field.get(null) instanceof Disconnect reason) {
                assertThat(reason.label()).isEqualTo(Integer.toString(reason.code()));
                constants++;
            }
        }
        assertThat(constants).isGreaterThan(10);
        assertThat(Disconnect.badRequest("x").label()).isEqualTo("3501");
        assertThat(Disconnect.ofApplication(4123, "x").label()).isEqualTo("application");
        assertThat(Disconnect.ofApplication(3002, "x").label()).isEqualTo("application");
    }

    @Test
    void a_bad_request_says_what_was_bad() {
        assertThat(Disconnect.badRequest("echo is true or false"))
                .isEqualTo(new Disconnect(3501, "bad request: echo is true or false"));
    }
}
