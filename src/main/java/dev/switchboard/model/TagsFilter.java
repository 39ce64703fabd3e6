package dev.switchboard.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decides by the tags of a publication whether a subscription gets it (protocol section 11). Immutable. */
public sealed interface TagsFilter {

    /** Returns whether the subscription gets a publication with these tags. */
    boolean matches(Map<String, String> tags);

    /** Returns the filter that matches what both match; null stands for a filter that matches all. */
    static @Nullable TagsFilter both(@Nullable TagsFilter one, @Nullable TagsFilter other) {
        return one == null ? other : other == null ? one : new All(List.of(one, other));
    }

    /** Compares the tag with a text. A publication without the tag does not match. */
    record Text(String key, Comparison comparison, String value) implements TagsFilter {

        /** Says what a tag must be to a text. */
        public enum Comparison {
            EQUAL,
            PREFIX,
            SUFFIX,
            PART
        }

        @Override
        public boolean matches(Map<String, String> tags) {
            String tag = tags.get(key);
            return tag != null
                    && switch (comparison) {
                        case EQUAL -> tag.equals(value);
                        case PREFIX -> tag.startsWith(value);
                        case SUFFIX -> tag.endsWith(value);
                        case PART -> tag.contains(value);
                    };
        }
    }

    /** Matches if the tag has one of the values. */
    record OneOf(String key, Set<String> values) implements TagsFilter {

        @Override
        public boolean matches(Map<String, String> tags) {
            String tag = tags.get(key);
            return tag != null && values.contains(tag);
        }
    }

    /** Matches if there is such a tag. */
    record Present(String key) implements TagsFilter {

        @Override
        public boolean matches(Map<String, String> tags) {
            return tags.containsKey(key);
        }
    }

    /** Compares the tag with a number. A publication whose tag is no number does not match. */
    record Number(String key, Comparison comparison, BigDecimal value) implements TagsFilter {

        /** Says what a tag must be to a number. */
        public enum Comparison {
            GREATER,
            GREATER_OR_EQUAL,
            LESS,
            LESS_OR_EQUAL
        }

        /** The most characters of a number, because the time to read one grows with their square. */
        private static final int MAX_LENGTH = 64;

        /** Returns null if the text is no decimal number without an exponent. */
        static @Nullable BigDecimal read(@Nullable String text) {
            if (text == null || text.length() > MAX_LENGTH || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
                return null;
            }
            try {
                return new BigDecimal(text);
            } catch (NumberFormatException none) {
                return null;
            }
        }

        @Override
        public boolean matches(Map<String, String> tags) {
            BigDecimal tag = read(tags.get(key));
            if (tag == null) {
                return false;
            }
            int order = tag.compareTo(value);
            return switch (comparison) {
                case GREATER -> order > 0;
                case GREATER_OR_EQUAL -> order >= 0;
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
            };
        }
    }

    /** Matches if all the filters match. */
    record All(List<TagsFilter> filters) implements TagsFilter {

        @Override
        public boolean matches(Map<String, String> tags) {
            for (TagsFilter filter : filters) {
                if (!filter.matches(tags)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Matches if one of the filters matches. */
    record Any(List<TagsFilter> filters) implements TagsFilter {

        @Override
        public boolean matches(Map<String, String> tags) {
            for (TagsFilter filter : filters) {
                if (filter.matches(tags)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Matches if the filter does not match. */
    record Not(TagsFilter filter) implements TagsFilter {

        @Override
        public boolean matches(Map<String, String> tags) {
            return !filter.matches(tags);
        }
    }

    /**
     * Returns the filter that the node describes.
     *
     * @throws IllegalArgumentException if the node is malformed, or larger than 64 nodes and 4,096
     *     characters; the message says what is wrong
     */
    static TagsFilter of(FilterNode node) {
        if (nodes(node).limit(FilterNode.MAX_NODES + 1L).count() > FilterNode.MAX_NODES
                || nodes(node).mapToLong(FilterNode::length).sum() > FilterNode.MAX_LENGTH) {
            throw new IllegalArgumentException("a filter has at most " + FilterNode.MAX_NODES + " nodes and "
                    + FilterNode.MAX_LENGTH + " characters");
        }
        return node.filter();
    }

    private static Stream<FilterNode> nodes(FilterNode node) {
        return Stream.concat(Stream.of(node), node.nodes().stream().flatMap(TagsFilter::nodes));
    }
}
