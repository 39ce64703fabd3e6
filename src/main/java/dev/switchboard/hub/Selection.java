package dev.switchboard.hub;

import dev.switchboard.model.Echo;
import dev.switchboard.model.Publication;
import dev.switchboard.model.TagsFilter;
import org.jspecify.annotations.Nullable;

/** Selection decides which publications of a channel a subscription gets. Immutable. */
final class Selection {

    private static final Selection ALL = new Selection("", "", null);

    private final String client;
    private final int clientHash;
    private final String sender;
    private final @Nullable TagsFilter filter;

    private Selection(String client, String sender, @Nullable TagsFilter filter) {
        this.client = client;
        this.clientHash = client.hashCode();
        this.sender = sender;
        this.filter = filter;
    }

    /**
     * Returns a selection; most subscriptions share one object.
     *
     * @param client the id of the client, whose own publications are left out without an echo
     * @param sender the name whose publications are left out; empty for none
     * @param filter null for none
     */
    static Selection of(Echo echo, String client, String sender, @Nullable TagsFilter filter) {
        return echo == Echo.ON && sender.isEmpty() && filter == null
                ? ALL
                : new Selection(echo == Echo.ON ? "" : client, sender, filter);
    }

    /** Returns the name under which the client publishes in the channel; empty for none. */
    String sender() {
        return sender;
    }

    /** Returns whether tags decide, too. */
    boolean isFiltered() {
        return filter != null;
    }

    boolean includes(Publication publication) {
        if (this == ALL) {
            return true;
        }
        if (!sender.isEmpty() && sender.equals(publication.sender())) {
            return false;
        }
        if (filter != null && !filter.matches(publication.tags())) {
            return false;
        }
        if (client.isEmpty() || publication.publisher() == null) {
            return true;
        }
        String publisher = publication.publisher().client();
        return publisher.hashCode() != clientHash || !publisher.equals(client);
    }
}
