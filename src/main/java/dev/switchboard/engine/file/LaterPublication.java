package dev.switchboard.engine.file;

import dev.switchboard.engine.codec.ModelReader;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import org.jspecify.annotations.Nullable;

/**
 * Is a publication in a file, which is read when it is known to be needed: most publications of a log
 * are not.
 *
 * @param from place of the record in the file
 * @param size bytes of the record up to the end of the publication
 * @param begin place of the publication in the record
 */
record LaterPublication(
        SegmentReader file,
        int from,
        int size,
        int begin,
        @Nullable Version version) {

    /** Reads over the publication, which comes next in the record. */
    static LaterPublication next(ModelReader record, SegmentReader file, int from) {
        int begin = record.consumed();
        Version version = record.skipPublication();
        return new LaterPublication(file, from, record.consumed(), begin, version);
    }

    /** Reads the publication, which gets the position. */
    Publication at(Position position) {
        ModelReader record = new ModelReader(file.copy(from, size));
        record.goTo(begin);
        return record.publication(position);
    }
}
