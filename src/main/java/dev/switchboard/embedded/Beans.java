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
 * Makes the {@link Switchboard} a CDI bean and fires its events to the CDI observers of the
 * application.
 *
 * <p>It is a portable extension without annotations. A container without CDI does not load it, and
 * a container with CDI starts none for the standalone WAR, which does not list it.
 */
public final class Beans implements Extension {

    private final Set<String> channels = ConcurrentHashMap.newKeySet();
    private volatile boolean all;
    private volatile @Nullable Switchboard switchboard;

    /**
     * Gives the running relay to the CDI of the application. Without CDI it does nothing. The
     * thread must belong to the application, because CDI finds the application by the thread.
     */
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

    /**
     * Collects the channels that observers name. Only their events are fired with the name, because
     * a container caches each name, and clients can make up any number of names.
     */
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

    /**
     * Gives the observer the context of a thread of the container, without which Payara injects no
     * resources. Returns the observer itself if the container has CDI and no such service.
     */
    @SuppressWarnings("BanJNDI") // the name is a constant
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

    /** Qualifies the events of a channel. */
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
