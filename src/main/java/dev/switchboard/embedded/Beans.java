package dev.switchboard.embedded;

import dev.switchboard.api.Event;
import dev.switchboard.api.InChannel;
import dev.switchboard.api.Switchboard;
import jakarta.enterprise.concurrent.ContextService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.control.RequestContextController;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.BeforeBeanDiscovery;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.ProcessObserverMethod;
import jakarta.enterprise.util.AnnotationLiteral;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;

/**
 * The ties to CDI: the {@link Switchboard} as a bean, and its events for whoever observes some.
 *
 * <p>A portable extension and no annotated class, so that a container without CDI loads nothing of it, and one with CDI starts none for the
 * standalone WAR, which does not list it.
 */
public final class Beans implements Extension {

    private final Set<String> channels = ConcurrentHashMap.newKeySet();
    private volatile boolean all;
    private volatile @Nullable Switchboard switchboard;

    /** Tells the application's CDI that the relay runs; nothing happens where it has none. The thread is one of the application's. */
    public static void provide(Switchboard running) {
        BeanManager manager;
        try {
            manager = CDI.current().getBeanManager();
        } catch (IllegalStateException none) {
            return;
        }
        manager.getExtension(Beans.class).start(running, manager);
    }

    void qualify(@Observes BeforeBeanDiscovery discovery) {
        discovery.addQualifier(InChannel.class);
    }

    /** Only channels that observers name are looked up by name: what a container remembers of an event does not grow with the names of clients. */
    void observed(@Observes ProcessObserverMethod<? extends Event, ?> method) {
        boolean named = false;
        for (var qualifier : method.getObserverMethod().getObservedQualifiers()) {
            if (qualifier instanceof InChannel channel) {
                channels.add(channel.value());
                named = true;
            }
        }
        all |= !named;
    }

    void add(@Observes AfterBeanDiscovery discovery) {
        discovery
                .<Switchboard>addBean()
                .types(Switchboard.class, Object.class)
                .scope(ApplicationScoped.class)
                .produceWith(instance -> running());
    }

    private Switchboard running() {
        Switchboard known = switchboard;
        if (known == null) {
            throw new IllegalStateException("the relay has not been started");
        }
        return known;
    }

    private void start(Switchboard running, BeanManager manager) {
        switchboard = running;
        Consumer<Event> observer = inContext(event -> fire(event, manager));
        if (all) {
            var unused = running.observeAll(Event.class, observer);
        } else {
            for (String channel : channels) {
                var unused = running.observe(channel, Event.class, observer);
            }
        }
    }

    /** With what a container gives to its own threads, without which Payara injects no resource; some have CDI and no such service. */
    @SuppressWarnings("BanJNDI") // the name is no foreign one
    private static Consumer<Event> inContext(Consumer<Event> observer) {
        try {
            ContextService contexts = (ContextService) new InitialContext().lookup("java:comp/DefaultContextService");
            return contexts.contextualConsumer(observer);
        } catch (NamingException none) {
            return observer;
        }
    }

    private void fire(Event event, BeanManager manager) {
        RequestContextController request =
                manager.createInstance().select(RequestContextController.class).get();
        request.activate();
        try {
            var events = manager.getEvent();
            if (channels.contains(event.channel())) {
                events.select(new Channel(event.channel())).fire(event);
            } else {
                events.fire(event);
            }
        } finally {
            request.deactivate();
        }
    }

    /** The qualifier of a channel's events. */
    private static final class Channel extends AnnotationLiteral<InChannel> implements InChannel {

        private static final long serialVersionUID = 1;

        private final String value;

        Channel(String value) {
            this.value = value;
        }

        @Override
        public String value() {
            return value;
        }
    }
}
