package dev.switchboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.json.JsonObject;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TagsFilterTest {

    private static TagsFilter filter(String json) {
        return TagsFilter.of(FilterNode.of(json.replace('\'', '"')));
    }

    private static boolean matches(String json, String tags) {
        return filter(json)
                .matches(JsonObject.of("{\"tags\":" + tags.replace('\'', '"') + "}")
                        .textsByName("tags"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'key':'k','cmp':'eq','val':'ab'} | {'k':'ab'} | {'k':'abc'}",
                "{'key':'k','cmp':'eq','val':'ab'} | {'k':'ab','l':'x'} | {'l':'ab'}",
                "{'key':'k','cmp':'neq','val':'ab'} | {'k':'x'} | {'k':'ab'}",
                "{'key':'k','cmp':'neq','val':'ab'} | {} | {'k':'ab'}",
                "{'key':'k','cmp':'sw','val':'ab'} | {'k':'abc'} | {'k':'cab'}",
                "{'key':'k','cmp':'ew','val':'ab'} | {'k':'cab'} | {'k':'abc'}",
                "{'key':'k','cmp':'ct','val':'ab'} | {'k':'xabx'} | {}",
                "{'key':'k','cmp':'in','vals':['a','b','a']} | {'k':'b'} | {'k':'c'}",
                "{'key':'k','cmp':'in','vals':['a','b']} | {'k':'a'} | {}",
                "{'key':'k','cmp':'nin','vals':['a','b']} | {'k':'c'} | {'k':'a'}",
                "{'key':'k','cmp':'nin','vals':['a','b']} | {} | {'k':'b'}",
                "{'key':'k','cmp':'ex'} | {'k':''} | {'l':''}",
                "{'key':'k','cmp':'nex'} | {'l':'1'} | {'k':'1'}",
                "{'key':'k','cmp':'gt','val':'9.5'} | {'k':'10'} | {'k':'9.50'}",
                "{'key':'k','cmp':'gt','val':'-1'} | {'k':'+0.01'} | {'k':'x'}",
                "{'key':'k','cmp':'gte','val':'10'} | {'k':'10.000'} | {}",
                "{'key':'k','cmp':'lt','val':'10'} | {'k':'9.99'} | {'k':'1e0'}",
                "{'key':'k','cmp':'lte','val':'10'} | {'k':'10.0'} | {'k':'10.01'}",
                "{'op':'and','nodes':[{'key':'k','cmp':'ex'},{'key':'l','cmp':'ex'}]} | {'k':'','l':''} | {'k':''}",
                "{'op':'or','nodes':[{'key':'k','cmp':'ex'},{'key':'l','cmp':'ex'}]} | {'l':''} | {'m':''}",
                "{'op':'not','nodes':[{'key':'k','cmp':'eq','val':'a'}]} | {'k':'b'} | {'k':'a'}",
                "{'op':null,'key':'k','cmp':'ex','later':1} | {'k':'b'} | {}"
            })
    void a_filter_matches_one_publication_and_not_the_other(String filter, String one, String other) {
        assertThat(matches(filter, one)).isTrue();
        assertThat(matches(filter, other)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "5",
                "{'key':5}",
                "{'cmp':'eq','val':'a'}",
                "{'key':'k','val':'a'}",
                "{'key':'k','cmp':'like','val':'a'}",
                "{'key':'k','cmp':'eq'}",
                "{'key':'k','cmp':'eq','val':'a','vals':['b']}",
                "{'key':'k','cmp':'in'}",
                "{'key':'k','cmp':'in','val':'a','vals':['b']}",
                "{'key':'k','cmp':'ex','val':'a'}",
                "{'key':'k','cmp':'gt','val':'x'}",
                "{'key':'k','cmp':'gt','val':'1e999999999'}",
                "{'op':'and'}",
                "{'op':'or','nodes':[]}",
                "{'op':'not'}",
                "{'op':'not','nodes':[{'key':'k','cmp':'ex'},{'key':'k','cmp':'ex'}]}",
                "{'op':'nand','nodes':[{'key':'k','cmp':'ex'}]}"
            })
    void a_malformed_filter_is_refused(String filter) {
        assertThatThrownBy(() -> filter(filter)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_filter_that_is_too_large_is_refused() {
        String leaf = "{'key':'k','cmp':'ex'}";
        String most = "{'op':'or','nodes':[" + String.join(",", Collections.nCopies(63, leaf)) + "]}";
        assertThat(matches(most, "{'k':''}")).isTrue();
        assertThatThrownBy(() -> filter(most.replace("[", "[" + leaf + ",")))
                .hasMessage("a filter has at most 64 nodes and 4096 characters");
        assertThatThrownBy(() -> filter("{'key':'k','cmp':'eq','val':'" + "x".repeat(4096) + "'}"))
                .hasMessage("a filter has at most 64 nodes and 4096 characters");
    }

    @Test
    void a_filter_that_is_nested_deeply_is_refused() {
        assertThat(matches(negated(14), "{'k':''}")).isTrue();
        assertThatThrownBy(() -> filter(negated(5_000))).isInstanceOf(IllegalArgumentException.class);
    }

    private static String negated(int times) {
        return "{'op':'not','nodes':[".repeat(times) + "{'key':'k','cmp':'ex'}" + "]}".repeat(times);
    }
}
