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

/** Observes events of the relay, and publishes its answers in the channel {@code answers}. */
@ApplicationScoped
@SuppressWarnings("NullAway.Init") // CDI sets the field
public class ObserverBean {

    @Inject
    private Switchboard switchboard;

    void asked(@Observes @InChannel("questions") Publication question, RequestBean bean) throws SystemException {
        answer(bean.transaction());
    }

    @Transactional
    void asked(@Observes @InChannel("transactions") Publication question) {
        answer("first");
        answer("second");
    }

    void joined(@Observes Joined join) {
        if (join.channel().equals("greeted")) {
            answer("welcome");
        }
    }

    private void answer(String text) {
        var unused = switchboard.publish("answers", Payload.text(text));
    }
}
