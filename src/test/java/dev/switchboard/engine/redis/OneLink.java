package dev.switchboard.engine.redis;

import java.util.Collection;
import java.util.List;

/** Puts all channels on one link. */
record OneLink(Link link) implements Redis {

    @Override
    public Place place(String channel) {
        return new Place(link, "", false);
    }

    @Override
    public Collection<Link> links() {
        return List.of(link);
    }

    @Override
    public void close() {}
}
