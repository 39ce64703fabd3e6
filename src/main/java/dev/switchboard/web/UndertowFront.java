package dev.switchboard.web;

import io.undertow.servlet.ServletExtension;
import io.undertow.servlet.api.DeploymentInfo;
import jakarta.servlet.ServletContext;

/**
 * Adds handlers before the servlets of the WAR on Undertow. {@code java -jar} and WildFly find this
 * class as a service.
 */
public final class UndertowFront implements ServletExtension {

    @Override
    public void handleDeployment(DeploymentInfo deployment, ServletContext context) {
        deployment.addInitialHandlerChainWrapper(UndertowBodies::new);
        deployment.addInitialHandlerChainWrapper(UndertowRedirects::new);
    }
}
