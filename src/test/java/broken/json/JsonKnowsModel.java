package broken.json;

import broken.model.ModelKnowsLimits;

public record JsonKnowsModel(ModelKnowsLimits model) {}
