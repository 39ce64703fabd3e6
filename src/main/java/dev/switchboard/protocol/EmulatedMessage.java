package dev.switchboard.protocol;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import switchboard.wire.Wire;

/** A message that comes by a request of its own, and to which connection it belongs (protocol section 17). */
public record EmulatedMessage(Emulation emulation, Frame message) {

    /** Throws {@link Disconnect} for what is malformed; in JSON the message is text within a string. */
    public static EmulatedMessage ofJson(String body) {
        return JsonInput.read(body, EmulatedMessage::of);
    }

    private static EmulatedMessage of(JsonScanner json) {
        String[] members = {"", "", ""};
        json.members(name -> {
            switch (name) {
                case "session" -> members[0] = json.string();
                case "node" -> members[1] = json.string();
                case "data" -> members[2] = json.string();
                default -> json.skip();
            }
        });
        return new EmulatedMessage(new Emulation(members[0], members[1]), Frame.text(members[2]));
    }

    /** Returns true if a command of the message has more than so many bytes. */
    public boolean isTooLarge(int maxBytes) {
        Framing framing = message instanceof Frame.Text ? JsonFraming.INSTANCE : ProtobufFraming.INSTANCE;
        try {
            return framing.isTooLarge(message, maxBytes);
        } catch (Disconnect fault) {
            return false; // the client hears of it
        }
    }

    /** As {@link #ofJson}. */
    public static EmulatedMessage ofProtobuf(byte[] body) {
        try {
            Wire.EmulationRequest wire = Wire.EmulationRequest.parseFrom(body);
            return new EmulatedMessage(
                    new Emulation(wire.getSession(), wire.getNode()),
                    Frame.binary(wire.getData().toByteArray()));
        } catch (InvalidProtocolBufferException malformed) {
            throw Disconnect.badRequest("malformed Protobuf");
        }
    }
}
