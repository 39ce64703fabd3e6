package dev.switchboard.it;

import dev.switchboard.api.InChannel;
import dev.switchboard.api.Joined;
import dev.switchboard.api.Payload;
import dev.switchboard.api.Publication;
import dev.switchboard.api.Switchboard;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transactional;

/** Answers in the channel {@code answers} to what it hears. */
@ApplicationScoped
@SuppressWarnings("NullAway.Init") // CDI sets the field
public class Host {

    @Inject
    private Switchboard switchboard;

    void asked(@Observes @InChannel("questions") Publication question, Guest guest) throws SystemException {
        answer(guest.transaction());
    }

    @Transactional
    void asked(@Observes @InChannel("transactions") Publication question) {
        answer("first");
        answer("second");
    }

    void joined(@Observes Joined somebody) {
        if (somebody.channel().equals("greeted")) {
            answer("welcome");
        }
    }

    private void answer(String text) {
        var unused = switchboard.publish("answers", Payload.text(text));
    }
}
