package dev.switchboard.protocol;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import switchboard.wire.Wire;

/**
 * EmulatedMessage is a message that an HTTP request sends to a connection (protocol section 17).
 */
public record EmulatedMessage(Emulation emulation, Frame message) {

    /**
     * Reads JSON, in which the message is a string. If it is malformed, throws a {@link
     * Disconnect}.
     */
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

    /** Returns true if a command of the message has more than {@code maxBytes}. */
    public static boolean isTooLarge(Frame message, int maxBytes) {
        Framing framing = message instanceof Frame.Text ? JsonFraming.INSTANCE : ProtobufFraming.INSTANCE;
        try {
            return framing.isTooLarge(message, maxBytes);
        } catch (Disconnect fault) {
            return false; // the protocol finds the fault again, and disconnects the client
        }
    }

    /** Reads Protobuf. If it is malformed, throws a {@link Disconnect}. */
    public static EmulatedMessage ofProtobuf(byte[] body) {
        try {
            Wire.EmulationRequest wire = Wire.EmulationRequest.parseFrom(body);
            return new EmulatedMessage(
                    new Emulation(wire.getSession(), wire.getNode()),
                    Frame.binary(wire.getData().toByteArray()));
        } catch (InvalidProtocolBufferException malformed) {
            throw DelimitedCommands.MALFORMED;
        }
    }
}
