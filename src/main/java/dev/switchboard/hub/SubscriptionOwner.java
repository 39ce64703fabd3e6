package dev.switchboard.hub;

/** The subscriptions of a client, which keep each of them going. */
interface SubscriptionOwner {

    /** Tells the client that the subscription has ended because of a gap. */
    void lost(Subscription subscription);

    /** Reads the history for a subscription that fell behind, when there is room. */
    void fellBehind(Subscription subscription);

    /** Counts a subscription that fell behind while it was live. Called under the channel's lock. */
    void rewound();

    /** Returns how many bytes a subscription may hold back. Called under the channel's lock. */
    int heldBytes();
}
