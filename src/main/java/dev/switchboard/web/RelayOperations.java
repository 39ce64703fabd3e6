package dev.switchboard.web;

import dev.switchboard.Relay;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.jspecify.annotations.Nullable;

/** Registers the operations of one running relay in the MBean server of the JVM. */
final class RelayOperations implements Operations {

    private static final System.Logger LOG = System.getLogger(RelayOperations.class.getName());

    private final Relay relay;
    private final @Nullable ObjectName name;

    /**
     * Registers the operations. If the MBean server refuses, the relay starts without them.
     * {@link #close} must follow.
     */
    RelayOperations(Relay relay, String contextPath) {
        this.relay = relay;
        this.name = registered(contextPath);
    }

    private @Nullable ObjectName registered(String contextPath) {
        try {
            ObjectName wanted = new ObjectName("dev.switchboard:type=Relay,path=" + ObjectName.quote(contextPath));
            ManagementFactory.getPlatformMBeanServer().registerMBean(new StandardMBean(this, Operations.class), wanted);
            return wanted;
        } catch (JMException | RuntimeException refused) { // for instance the same path on another virtual host
            LOG.log(System.Logger.Level.WARNING, "the relay has no MBean: " + refused);
            return null;
        }
    }

    void close() {
        try {
            if (name != null) {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
            }
        } catch (JMException | RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "unregistering the MBean", gone);
        }
    }

    @Override
    public int getClients() {
        return relay.hub().clientCount();
    }

    @Override
    public int getChannels() {
        return relay.hub().channelCount();
    }

    @Override
    public boolean isDraining() {
        return relay.admission().isDraining();
    }

    @Override
    public void drain() {
        var unused = relay.drain();
    }
}
