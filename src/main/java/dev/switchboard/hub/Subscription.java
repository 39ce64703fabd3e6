package dev.switchboard.hub;

/** One client in one channel. */
record Subscription(Client client, Echo echo) {

    boolean hears(Publication publication) {
        return echo == Echo.ON
                || publication.publisher() == null
                || !publication.publisher().client().equals(client.id());
    }
}
