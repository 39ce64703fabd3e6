package dev.switchboard.it;

/** Tests the shipped WAR in Open Liberty. */
class LibertyIT extends ContainerContract {

    @Override
    UnpackedServer server() throws Exception {
        return UnpackedServer.liberty();
    }
}
