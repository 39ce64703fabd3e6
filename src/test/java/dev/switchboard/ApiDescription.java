package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Checks requests and responses of the server API against its OpenAPI description. */
public final class ApiDescription {

    private static final String IRI = "https://switchboard.invalid/openapi.json";

    private final JsonObject document;
    private final SchemaRegistry schemas;

    public ApiDescription(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            document = reader.readObject();
        }
        schemas = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(IRI, text)));
    }

    /** Reads the description that the WAR has. */
    public static ApiDescription shipped() {
        try {
            return new ApiDescription(Files.readString(Path.of("src/main/resources/dev/switchboard/web/openapi.json")));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Returns the methods that have their own path. */
    public Set<String> methods() {
        Set<String> methods = new TreeSet<>();
        document.getJsonObject("paths").forEach((path, item) -> {
            if (item.asJsonObject().containsKey("post") && !path.equals("/api")) {
                methods.add(path.replace("/api/", ""));
            }
        });
        return methods;
    }

    /** Returns the members of the parameters of a method. */
    public Set<String> members(String method) {
        String request = reference(operation(method).getJsonObject("requestBody"));
        return document.getJsonObject("components")
                .getJsonObject("schemas")
                .getJsonObject(request.substring(request.lastIndexOf('/') + 1))
                .getJsonObject("properties")
                .keySet();
    }

    private JsonObject operation(String method) {
        return document.getJsonObject("paths").getJsonObject("/api/" + method).getJsonObject("post");
    }

    private static String reference(JsonObject body) {
        return body.getJsonObject("content")
                .getJsonObject("application/json")
                .getJsonObject("schema")
                .getString("$ref");
    }

    /** Checks a request of the method. */
    public void request(String method, String json) {
        assertThat(faults(reference(operation(method).getJsonObject("requestBody")), json))
                .as("%s %s", method, json)
                .isEmpty();
    }

    /** Checks a response of the method with that status. */
    public void answer(String method, int status, String json) {
        JsonObject response = operation(method).getJsonObject("responses").getJsonObject(String.valueOf(status));
        assertThat(response).as("%s answers %d", method, status).isNotNull();
        if (response.containsKey("$ref")) {
            response =
                    document.getValue(response.getString("$ref").substring(1)).asJsonObject();
        }
        assertThat(faults(reference(response), json))
                .as("%s %d %s", method, status, json)
                .isEmpty();
    }

    private List<com.networknt.schema.Error> faults(String reference, String json) {
        Schema schema = schemas.getSchema(SchemaLocation.of(IRI + reference));
        return schema.validate(json, InputFormat.JSON);
    }
}
