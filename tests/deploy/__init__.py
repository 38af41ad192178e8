"""What lies in `deploy/`: held to the table of processes, and tried with the programs it is for."""

from tests import ROOT

DEPLOY = ROOT / "deploy"
