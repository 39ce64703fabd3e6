package dev.switchboard.engine.file;

import dev.switchboard.engine.StreamLog.Answered;
import dev.switchboard.engine.codec.ModelWriter;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Makes the records of streams; {@link Replay} reads them. */
final class Records {

    private final InstantSource clock;

    Records(InstantSource clock) {
        this.clock = clock;
    }

    ModelWriter created(String channel, Position start) {
        return new ModelWriter(RecordType.CREATED.code(), channel.length() + 32)
                .text(channel)
                .position(start);
    }

    /** {@code size} is the number of publications that the stream keeps from this one on. */
    ModelWriter published(String channel, Publication publication, int size, Duration ttl, String key) {
        Position position = publication.position();
        if (position == null) {
            throw new IllegalArgumentException("a publication without a position");
        }
        return new ModelWriter(RecordType.PUBLISHED.code(), channel.length() + publication.size() + 128)
                .text(channel)
                .position(position)
                .number(size)
                .number(clock.millis())
                .number(ttl.toMillis())
                .text(key)
                .publication(publication);
    }

    ModelWriter cleared(String channel, Position top) {
        return new ModelWriter(RecordType.CLEARED.code(), channel.length() + 32)
                .text(channel)
                .position(top);
    }

    ModelWriter answered(Answered answered) {
        ModelWriter record = new ModelWriter(
                        RecordType.ANSWERED.code(),
                        answered.channel().length() + answered.key().length() + 64)
                .text(answered.channel())
                .text(answered.key());
        Position position = answered.position();
        record.flag(position != null);
        if (position != null) {
            record.position(position);
        }
        return record.number(clock.millis()).number(answered.left().toMillis());
    }

    ModelWriter stream(String channel, Position top, @Nullable Version version) {
        return new ModelWriter(RecordType.STREAM.code(), channel.length() + 64)
                .text(channel)
                .position(top)
                .version(version);
    }
}
