package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {

    /** The texts are those of Redis 7.0.15. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NOSCRIPT No matching script. Please use EVAL.|SCRIPT_LOST",
                "MOVED 3999 127.0.0.1:6381|MOVED",
                "ASK 3999 127.0.0.1:6381|MOVED",
                "TRYAGAIN Multiple keys request during rehashing of slot|MOVED",
                "CLUSTERDOWN The cluster is down|WRONG_SERVER",
                "READONLY You can't write against a read only replica.|WRONG_SERVER",
                "READONLY You can't write against a read only replica. script: 47, on @user_script:1.|WRONG_SERVER",
                "LOADING Redis is loading the dataset in memory|WRONG_SERVER",
                "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.|WRONG_SERVER",
                "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)|WRONG_SERVER",
                "NOAUTH Authentication required.|WRONG_SERVER",
                "OOM command not allowed when used memory > 'maxmemory'. script: 47, on @user_script:1.|REFUSED",
                "NOREPLICAS Not enough good replicas to write.|REFUSED",
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.|REFUSED",
                "BUSY Redis is busy running a script.|REFUSED",
                "NOPERM this user has no permissions to run the 'evalsha' command|FORBIDDEN",
                "NOPERM this user has no permissions to run the 'get' command script: 47, on @user_script:1.|UNKNOWN",
                "ERR The user executing the script can't run this command or subcommand script: 47|UNKNOWN",
                "WRONGTYPE Operation against a key holding the wrong kind of value|UNKNOWN",
                "READONLYX|UNKNOWN",
                "''|UNKNOWN"
            })
    void the_code_of_an_error_says_what_was_done(String error, Verdict verdict) {
        assertThat(Verdict.of(error)).isEqualTo(verdict);
    }
}
