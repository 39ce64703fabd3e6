package dev.switchboard.bench;

import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the JMH benchmarks of single parts of the relay. */
final class Micro {

    private static final TimeValue SECOND = TimeValue.seconds(1);

    private Micro() {}

    /** Runs all benchmarks whose names contain a match of the expression. */
    static void run(String expression) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(expression)
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(SECOND)
                        .measurementIterations(5)
                        .measurementTime(SECOND)
                        .shouldFailOnError(true)
                        .addProfiler("gc")
                        .resultFormat(ResultFormatType.JSON)
                        .result("target/bench/micro.json")
                        .build())
                .run();
    }
}
