package dev.switchboard.it;

/** Tests the shipped WAR in GlassFish 7. */
class GlassFishIT extends ContainerContract {

    @Override
    UnpackedServer server() throws Exception {
        return UnpackedServer.glassfish();
    }

    @Override
    int published() {
        return 200;
    }
}
