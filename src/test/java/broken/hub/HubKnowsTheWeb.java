package broken.hub;

import broken.web.EngineManager;
import jakarta.json.JsonObject;
import jakarta.servlet.Servlet;

record HubKnowsTheWeb(EngineManager manager, Servlet servlet, JsonObject json) {}
