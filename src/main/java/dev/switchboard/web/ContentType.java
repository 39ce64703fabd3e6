package dev.switchboard.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Locale;

/**
 * Holds what the header {@code Content-Type} says of a body (RFC 9110 section 8.3).
 *
 * @param type without parameters, in lower case; empty if there is no header
 * @param isUtf8 false if the header names another charset
 */
record ContentType(String type, boolean isUtf8) {

    static ContentType of(HttpServletRequest request) {
        String header = request.getContentType();
        String[] parts = (header == null ? "" : header.toLowerCase(Locale.ROOT)).split(";", -1);
        return new ContentType(parts[0].strip(), Arrays.stream(parts).skip(1).allMatch(ContentType::allowsUtf8));
    }

    private static boolean allowsUtf8(String parameter) {
        String[] nameAndValue = parameter.split("=", 2);
        if (!nameAndValue[0].strip().equals("charset")) {
            return true;
        }
        String charset = nameAndValue.length == 1 ? "" : nameAndValue[1].strip();
        return charset.equals("utf-8") || charset.equals("\"utf-8\"");
    }
}
