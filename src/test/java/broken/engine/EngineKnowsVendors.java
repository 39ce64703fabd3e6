package broken.engine;

import broken.load.LoadKnowsTheHub;
import com.google.protobuf.MessageLite;
import com.nimbusds.jose.JOSEObject;
import io.opentelemetry.api.trace.Tracer;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.net.http.HttpClient;
import javax.management.Notification;
import org.HdrHistogram.Histogram;

public record EngineKnowsVendors(
        JOSEObject token,
        MessageLite message,
        MetricSnapshot metric,
        Tracer tracer,
        Notification collection,
        HttpClient http,
        Histogram latency,
        LoadKnowsTheHub load) {}
