package dev.switchboard.it;

import java.util.HashMap;
import java.util.Map;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** Makes the shipped WAR with settings and with a servlet for logins. */
final class TestWar {

    private static final String BY_FORM = """
              <servlet-mapping><servlet-name>account</servlet-name><url-pattern>/form</url-pattern></servlet-mapping>
              <servlet-mapping><servlet-name>account</servlet-name><url-pattern>/account/name</url-pattern></servlet-mapping>
              <servlet-mapping><servlet-name>account</servlet-name><url-pattern>/account/logout</url-pattern></servlet-mapping>
              <servlet-mapping><servlet-name>account</servlet-name><url-pattern>/account/expiry</url-pattern></servlet-mapping>
              <servlet-mapping><servlet-name>account</servlet-name><url-pattern>/account/id</url-pattern></servlet-mapping>
              <security-constraint>
                <web-resource-collection><web-resource-name>account</web-resource-name><url-pattern>/account/*</url-pattern></web-resource-collection>
                <auth-constraint><role-name>member</role-name></auth-constraint>
              </security-constraint>
              <login-config>
                <auth-method>FORM</auth-method>
                <form-login-config><form-login-page>/form</form-login-page><form-error-page>/form</form-error-page></form-login-config>
              </login-config>
              <security-role><role-name>member</role-name></security-role>
              <security-role><role-name>editor</role-name></security-role>
            """;

    private static final String ACCOUNT = """
              <servlet><servlet-name>account</servlet-name><servlet-class>dev.switchboard.it.LoginServlet</servlet-class></servlet>
              <servlet-mapping><servlet-name>account</servlet-name><url-pattern>/drain</url-pattern></servlet-mapping>
            """;

    private TestWar() {}

    /**
     * Returns a WAR with context parameters, whose names come without {@code switchboard.}, and
     * with {@code /drain}.
     */
    static WebArchive with(String name, Map<String, String> settings) {
        return war(name, settings, "");
    }

    /** Returns such a WAR that also has a login form. */
    static WebArchive withLogin(String name, Map<String, String> settings) {
        return war(name, settings, BY_FORM);
    }

    private static WebArchive war(String name, Map<String, String> settings, String more) {
        Map<String, String> parameters = new HashMap<>();
        settings.forEach((key, value) -> parameters.put("switchboard." + key, value));
        return ShippedWar.as(name + ".war", parameters, ACCOUNT + more).addClass(LoginServlet.class);
    }
}
