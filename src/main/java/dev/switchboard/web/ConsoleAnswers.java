package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.console.Operator;
import dev.switchboard.json.JsonWriter;

/** Answers what the console says about the operator and the settings. */
final class ConsoleAnswers {

    private ConsoleAnswers() {}

    /** Returns what the page needs first. */
    static String session(Operator operator, Relay relay) {
        JsonWriter json = new JsonWriter()
                .string("mode", operator.mode().word())
                .string("csrf", operator.csrf())
                .string("version", Build.OWN.version())
                .string("commit", Build.OWN.commit())
                .string("node", relay.uid())
                .array("insecure");
        relay.warnings().texts().forEach(json::string);
        return json.endArray().finish();
    }

    /** Returns all settings, without secrets, and which paths are open because of them. */
    static String settings(Relay relay) {
        Settings settings = relay.settings();
        JsonWriter json = new JsonWriter(8_192).string("node", relay.uid()).array("settings");
        for (Settings.InForce setting : settings.all()) {
            json.element()
                    .string("name", setting.name())
                    .string("value", setting.value())
                    .string("source", setting.source())
                    .end();
        }
        json.endArray().array("doors");
        String access = "switchboard.access=" + value(settings, "switchboard.access")
                + (value(settings, "switchboard.insecure").equals("true") ? ", switchboard.insecure=true" : "");
        addDoor(json, "/connection/websocket", true, access);
        addDoor(json, "/raw/", true, access);
        addDoor(
                json,
                "/api/",
                !settings.api().keys().isOff(),
                because(settings, "switchboard.api.key", "switchboard.api.keys", "switchboard.insecure"));
        addDoor(
                json,
                "/metrics",
                true,
                because(settings, "switchboard.metrics.key") + "; requests of this machine need no key");
        addDoor(
                json,
                "/admin/",
                settings.console().isOn(),
                because(
                        settings,
                        "switchboard.admin.password",
                        "switchboard.admin.role",
                        "switchboard.admin.reader.password",
                        "switchboard.admin.reader.role"));
        return json.endArray().finish();
    }

    private static void addDoor(JsonWriter json, String path, boolean open, String because) {
        json.element()
                .string("path", path)
                .json("open", Boolean.toString(open))
                .string("because", because)
                .end();
    }

    /** Returns an empty text for a setting without a value. */
    private static String value(Settings settings, String name) {
        return settings.all().stream()
                .filter(setting -> setting.name().equals(name))
                .map(Settings.InForce::value)
                .findFirst()
                .orElse("");
    }

    /** Says which of the settings are set. */
    private static String because(Settings settings, String... names) {
        StringBuilder set = new StringBuilder();
        for (String name : names) {
            String value = value(settings, name);
            if (!value.isEmpty() && !value.equals("false")) {
                set.append(set.isEmpty() ? "" : ", ").append(name);
            }
        }
        return set.isEmpty() ? String.join(" or ", names) + " would be needed" : set + " is set";
    }
}
