package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.spi.Engine;
import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that an engine around another engine passes on each call. */
class WrappingEnginesTest {

    @ParameterizedTest
    @ValueSource(classes = {TimedEngine.class, CountedEngine.class})
    void an_engine_around_another_engine_has_each_method_itself(Class<? extends Engine> wrapping) {
        List<Method> methods = List.of(Engine.class.getMethods());
        assertThat(methods)
                .hasSizeGreaterThan(10)
                .allSatisfy(method -> assertThat(wrapping.getMethod(method.getName(), method.getParameterTypes()))
                        .as(method.getName()) // else the default of the interface answers, and not the other engine
                        .extracting(Method::getDeclaringClass)
                        .isEqualTo(wrapping));
    }
}
