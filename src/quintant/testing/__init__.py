"""What tests of Quintant and of labs outside it stand on: a tiny lab, and the conformance suite that every lab passes."""
