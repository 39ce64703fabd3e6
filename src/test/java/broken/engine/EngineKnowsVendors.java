package broken.engine;

import com.google.protobuf.MessageLite;
import com.nimbusds.jose.JOSEObject;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.net.http.HttpClient;

public record EngineKnowsVendors(JOSEObject token, MessageLite message, MetricSnapshot metric, HttpClient http) {}
