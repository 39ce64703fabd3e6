package dev.switchboard.web;

import io.undertow.servlet.ServletExtension;
import io.undertow.servlet.api.DeploymentInfo;
import jakarta.servlet.ServletContext;

/** What the WAR adds to Undertow, in {@code java -jar} and on WildFly, which both find this class as a service. */
public final class UndertowFront implements ServletExtension {

    @Override
    public void handleDeployment(DeploymentInfo deployment, ServletContext context) {
        deployment.addInitialHandlerChainWrapper(UndertowBodies::new);
        deployment.addInitialHandlerChainWrapper(UndertowRedirects::new);
    }
}
