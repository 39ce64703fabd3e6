package dev.switchboard.it;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** Makes the shipped WAR, for Arquillian to deploy. */
final class ShippedWar {

    private static final String DESCRIPTOR = "WEB-INF/web.xml";

    private ShippedWar() {}

    /** Returns the WAR. Its file name sets its context path. */
    static WebArchive as(String name) {
        return ShrinkWrap.create(ZipImporter.class, name)
                .importFrom(new File(System.getProperty("war")))
                .as(WebArchive.class);
    }

    /** Returns the WAR with context parameters in its descriptor. */
    static WebArchive as(String name, Map<String, String> parameters) {
        return as(name, parameters, "");
    }

    /** Returns the WAR with context parameters and more elements in its descriptor. */
    static WebArchive as(String name, Map<String, String> parameters, String elements) {
        WebArchive war = as(name);
        StringBuilder added = new StringBuilder();
        parameters.forEach((key, value) -> added.append("<context-param><param-name>")
                .append(key)
                .append("</param-name><param-value>")
                .append(value)
                .append("</param-value></context-param>\n"));
        return war.setWebXML(new StringAsset(descriptor(war).replace("</web-app>", added + elements + "</web-app>")));
    }

    private static String descriptor(WebArchive war) {
        try (InputStream in = war.get(DESCRIPTOR).getAsset().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
