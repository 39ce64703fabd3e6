package dev.switchboard.it;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.RequestScoped;
import jakarta.transaction.SystemException;
import jakarta.transaction.UserTransaction;

/** A bean that needs an active request scope and a container resource. */
@RequestScoped
@SuppressWarnings("NullAway.Init") // the container sets the field
public class RequestBean {

    @Resource
    private UserTransaction transaction;

    public String transaction() throws SystemException {
        return "transaction " + transaction.getStatus();
    }
}
