package dev.switchboard.history;

import dev.switchboard.model.Position;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the whole history of a channel, a page at a time. */
final class Reader extends WorkloadClient {

    private static final int PAGE = 100;

    private List<Event.Item> items = new ArrayList<>();
    private Event.@Nullable Truth truth;
    private boolean failed;

    Reader(String name, Target target, Journal journal) {
        super(name, target, journal);
    }

    synchronized void read(String channel) {
        truth = null;
        failed = false;
        items = new ArrayList<>();
        ask(channel, null);
    }

    private void ask(String channel, @Nullable Position since) {
        JsonObjectBuilder question = JsonText.object().add("channel", channel).add("limit", PAGE);
        if (since != null) {
            question.add(
                    "since", JsonText.object().add("offset", since.offset()).add("epoch", since.epoch()));
        }
        ask("history", question, answer -> answered(channel, answer));
    }

    private void answered(String channel, JsonObject answer) {
        if (error(answer) != 0) {
            failed = true;
            return;
        }
        JsonObject page = answer.getJsonObject("history");
        List<JsonObject> publications = page.getJsonArray("publications").getValuesAs(JsonObject.class);
        publications.forEach(each -> items.add(new Event.Item(number(each, "offset"), value(each))));
        String epoch = page.getString("epoch");
        long top = number(page, "offset");
        if (publications.isEmpty() || items.get(items.size() - 1).offset() >= top) {
            truth = new Event.Truth(channel, epoch, top, List.copyOf(items));
        } else {
            ask(channel, new Position(epoch, items.get(items.size() - 1).offset()));
        }
    }

    /** Returns null until the whole history is read. */
    synchronized Event.@Nullable Truth truth() {
        return truth;
    }

    synchronized boolean isDone() {
        return truth != null || failed || !isConnected();
    }
}
