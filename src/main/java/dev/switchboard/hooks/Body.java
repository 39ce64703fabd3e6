package dev.switchboard.hooks;

import dev.switchboard.hub.Application.Caller;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Payload;
import dev.switchboard.protocol.JsonText;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A JSON object that is being written: the body of a request. */
final class Body {

    private final StringBuilder json = new StringBuilder(256);

    /** Begins with what each request says of its client, {@code payload} being what the request carries. */
    static Body of(Caller caller, @Nullable Payload payload) {
        boolean binary = payload != null && JsonText.of(payload) == null;
        return new Body()
                .text("client", caller.client())
                .text("transport", caller.transport())
                .text("protocol", caller.protocol())
                .text("encoding", binary ? "binary" : "json")
                .text("user", caller.user());
    }

    private StringBuilder name(String name) {
        return json.append(json.isEmpty() ? '{' : ',').append('"').append(name).append("\":");
    }

    Body text(String name, String value) {
        JsonText.quote(value, name(name));
        return this;
    }

    /** Adds the member, unless it is empty. */
    Body textIfAny(String name, String value) {
        return value.isEmpty() ? this : text(name, value);
    }

    /** Adds the member, unless it is empty. */
    Body textsIfAny(String name, List<String> values) {
        if (values.isEmpty()) {
            return this;
        }
        StringBuilder list = name(name).append('[');
        for (Iterator<String> each = values.iterator(); each.hasNext(); ) {
            JsonText.quote(each.next(), list);
            list.append(each.hasNext() ? "," : "");
        }
        list.append(']');
        return this;
    }

    Body number(String name, int value) {
        name(name).append(value);
        return this;
    }

    /** Adds JSON as it stands there, unless it is null. */
    Body jsonIfAny(String name, @Nullable String value) {
        if (value != null) {
            name(name).append(value);
        }
        return this;
    }

    /** As {@code data}, or in base64 as {@code b64data} if it is no JSON. */
    Body payload(@Nullable Payload payload) {
        String data = payload == null ? null : JsonText.of(payload);
        if (data != null) {
            return jsonIfAny("data", data);
        }
        if (payload != null && payload.frame() instanceof Frame.Binary binary) {
            ByteBuffer bytes = binary.bytes().duplicate();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return text("b64data", Base64.getEncoder().encodeToString(copy));
        }
        return this;
    }

    String end() {
        return json.append('}').toString();
    }
}
