package dev.switchboard.model;

import dev.switchboard.json.JsonException;
import dev.switchboard.json.JsonScanner;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Is one node of a filter for tags as its author wrote it (protocol section 11).
 *
 * @param op {@code and}, {@code or}, {@code not}; empty for a node that compares a tag
 * @param key the name of the tag
 * @param cmp the name of the comparison
 * @param val the value that the tag is compared with; empty for none
 * @param vals the values of {@code in} and {@code nin}
 * @param nodes the nodes that {@code op} joins
 */
public record FilterNode(String op, String key, String cmp, String val, List<String> vals, List<FilterNode> nodes) {

    static final int MAX_NODES = 64;
    static final int MAX_LENGTH = 4096;

    /**
     * Reads the node that is next in the scanner.
     *
     * @throws JsonException if the next value is no such node
     */
    public static FilterNode read(JsonScanner json) {
        Members members = new Members();
        json.members(member -> members.read(member, json));
        return new FilterNode(members.op, members.key, members.cmp, members.val, members.vals, members.nodes);
    }

    /**
     * Reads a node from its JSON.
     *
     * @throws IllegalArgumentException if the text is no such node
     */
    public static FilterNode of(String json) {
        JsonScanner scanner = new JsonScanner(json, 0, json.length());
        try {
            FilterNode node = read(scanner);
            scanner.end();
            return node;
        } catch (JsonException malformed) {
            throw new IllegalArgumentException("a filter is an object with op, key, cmp, val, vals, nodes", malformed);
        }
    }

    private static final class Members {
        String op = "";
        String key = "";
        String cmp = "";
        String val = "";
        final List<String> vals = new ArrayList<>();
        final List<FilterNode> nodes = new ArrayList<>();

        void read(String member, JsonScanner json) {
            if (json.takeNull()) {
                return;
            }
            switch (member) {
                case "op" -> op = json.string();
                case "key" -> key = json.string();
                case "cmp" -> cmp = json.string();
                case "val" -> val = json.string();
                case "vals" -> json.elements(() -> vals.add(json.string()));
                case "nodes" -> json.elements(() -> nodes.add(FilterNode.read(json)));
                default -> json.skip();
            }
        }
    }

    /** Returns the characters of this node, without those of the nodes in it. */
    long length() {
        return key.length()
                + val.length()
                + vals.stream().mapToLong(String::length).sum()
                + vals.size();
    }

    /** Returns the filter; throws an {@link IllegalArgumentException} that says what is wrong. */
    TagsFilter filter() {
        return switch (op) {
            case "" -> comparison();
            case "and" -> new TagsFilter.All(filters());
            case "or" -> new TagsFilter.Any(filters());
            case "not" -> {
                if (nodes.size() != 1) {
                    throw new IllegalArgumentException("not has one node");
                }
                yield new TagsFilter.Not(nodes.get(0).filter());
            }
            default -> throw new IllegalArgumentException("op is and, or, not, or absent");
        };
    }

    private List<TagsFilter> filters() {
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException(op + " has at least one node");
        }
        return nodes.stream().map(FilterNode::filter).toList();
    }

    private TagsFilter comparison() {
        if (key.isEmpty()) {
            throw new IllegalArgumentException("key is missing");
        }
        return switch (cmp) {
            case "eq" -> text(TagsFilter.Text.Comparison.EQUAL);
            case "neq" -> new TagsFilter.Not(text(TagsFilter.Text.Comparison.EQUAL));
            case "sw" -> text(TagsFilter.Text.Comparison.PREFIX);
            case "ew" -> text(TagsFilter.Text.Comparison.SUFFIX);
            case "ct" -> text(TagsFilter.Text.Comparison.PART);
            case "in" -> oneOf();
            case "nin" -> new TagsFilter.Not(oneOf());
            case "ex" -> present();
            case "nex" -> new TagsFilter.Not(present());
            case "gt" -> number(TagsFilter.Number.Comparison.GREATER);
            case "gte" -> number(TagsFilter.Number.Comparison.GREATER_OR_EQUAL);
            case "lt" -> number(TagsFilter.Number.Comparison.LESS);
            case "lte" -> number(TagsFilter.Number.Comparison.LESS_OR_EQUAL);
            default ->
                throw new IllegalArgumentException("cmp is eq, neq, sw, ew, ct, in, nin, ex, nex, gt, gte, lt or lte");
        };
    }

    private void require(boolean withVal, boolean withVals) {
        if (val.isEmpty() == withVal || vals.isEmpty() == withVals) {
            throw new IllegalArgumentException(
                    cmp + " has " + (withVal ? "val alone" : withVals ? "vals alone" : "neither val nor vals"));
        }
    }

    private TagsFilter text(TagsFilter.Text.Comparison comparison) {
        require(true, false);
        return new TagsFilter.Text(key, comparison, val);
    }

    private TagsFilter oneOf() {
        require(false, true);
        return new TagsFilter.OneOf(key, Set.copyOf(vals));
    }

    private TagsFilter present() {
        require(false, false);
        return new TagsFilter.Present(key);
    }

    private TagsFilter number(TagsFilter.Number.Comparison comparison) {
        require(true, false);
        @Nullable BigDecimal number = TagsFilter.Number.read(val);
        if (number == null) {
            throw new IllegalArgumentException("the val of " + cmp + " is a decimal number");
        }
        return new TagsFilter.Number(key, comparison, number);
    }
}
