package dev.switchboard.it;

import dev.switchboard.sample.OrderBoard;
import java.io.File;
import org.jboss.shrinkwrap.api.ArchivePath;
import org.jboss.shrinkwrap.api.Filters;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** Makes an application with the relay in its WEB-INF/lib, as Maven puts it there. */
final class SampleWar {

    /**
     * A descriptor with metadata-complete, so that containers do not scan. Some of its paths are
     * those of the relay's own WAR.
     */
    private static final String DESCRIPTOR = """
            <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
              <servlet>
                <servlet-name>board</servlet-name>
                <servlet-class>dev.switchboard.sample.OrderBoard</servlet-class>
                <load-on-startup>1</load-on-startup>
              </servlet>
              <servlet-mapping>
                <servlet-name>board</servlet-name>
                <url-pattern>/order</url-pattern>
                <url-pattern>/past</url-pattern>
                <url-pattern>/watchers</url-pattern>
                <url-pattern>/heard</url-pattern>
                <url-pattern>/metrics</url-pattern>
                <url-pattern>/health/live</url-pattern>
                <url-pattern>/raw/orders</url-pattern>
              </servlet-mapping>
            </web-app>
            """;

    private SampleWar() {}

    /** Returns the sample application. The file name sets its context path. */
    static WebArchive as(String name) {
        return library(name).addClass(OrderBoard.class).setWebXML(new StringAsset(DESCRIPTOR));
    }

    /** Returns an application that contains only the relay. */
    static WebArchive library(String name) {
        WebArchive war = ShrinkWrap.create(WebArchive.class, name);
        ShippedWar.as("shipped.war")
                .getContent(Filters.include("/WEB-INF/lib/.*\\.jar"))
                .forEach((path, node) -> war.addAsLibrary(node.getAsset(), name(path)));
        return war.addAsLibrary(
                new File(System.getProperty("war").replace(".war", "-classes.jar")), "switchboard-classes.jar");
    }

    private static String name(ArchivePath path) {
        return path.get().substring(path.get().lastIndexOf('/') + 1);
    }
}
