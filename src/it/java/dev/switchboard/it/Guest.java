package dev.switchboard.it;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.RequestScoped;
import jakarta.transaction.SystemException;
import jakarta.transaction.UserTransaction;

/** A bean that needs what containers give to their own threads: a request, and a resource. */
@RequestScoped
@SuppressWarnings("NullAway.Init") // the container sets the field
public class Guest {

    @Resource
    private UserTransaction transaction;

    public String transaction() throws SystemException {
        return "transaction " + transaction.getStatus();
    }
}
