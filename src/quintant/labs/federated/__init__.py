"""The federated lab: participants that learn together, attackers among them, and rules that defend."""
