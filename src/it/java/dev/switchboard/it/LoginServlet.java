package dev.switchboard.it;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** Logs users in and out inside the container, and drains the relay as an operator does. */
public final class LoginServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String answer = switch (request.getServletPath()) {
            case "/form" -> "who are you?";
            case "/account/name" -> request.getUserPrincipal().getName();
            case "/account/logout" -> {
                request.getSession().invalidate();
                yield "bye";
            }
            case "/account/expiry" -> {
                request.getSession().setMaxInactiveInterval(4);
                yield "soon";
            }
            case "/account/id" -> request.changeSessionId();
            case "/drain" -> drain(request.getContextPath());
            default -> throw new IOException(request.getServletPath());
        };
        response.setContentType("text/plain");
        response.getWriter().print(answer);
    }

    /**
     * Answers as {@link #doGet}: the container forwards requests of any method to the login page.
     */
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        doGet(request, response);
    }

    private static String drain(String contextPath) throws IOException {
        try {
            ObjectName name = new ObjectName("dev.switchboard:type=Relay,path=" + ObjectName.quote(contextPath));
            ManagementFactory.getPlatformMBeanServer().invoke(name, "drain", new Object[0], new String[0]);
            return "draining";
        } catch (JMException failure) {
            throw new IOException(failure);
        }
    }
}
