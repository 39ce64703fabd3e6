package dev.switchboard.bench.server;

import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.ServletException;

/** Runs the naive endpoint on embedded Undertow. */
public final class NaiveUndertow {

    private NaiveUndertow() {}

    public static void main(String[] arguments) throws ServletException {
        DeploymentManager deployment = Servlets.defaultContainer()
                .addDeployment(Servlets.deployment()
                        .setClassLoader(NaiveUndertow.class.getClassLoader())
                        .setContextPath("/")
                        .setDeploymentName("naive")
                        .addServletContextAttribute(
                                WebSocketDeploymentInfo.ATTRIBUTE_NAME,
                                new WebSocketDeploymentInfo().addEndpoint(NaiveEndpoint.class)));
        deployment.deploy();
        Undertow.builder()
                .addHttpListener(Integer.parseInt(arguments[0]), "127.0.0.1")
                .setHandler(deployment.start())
                .build()
                .start();
    }
}
