"""What the OpenAPI page shows: an example of every answer, most of them the contract's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.labs.persona.contract.route import phrase
from quintant.labs.persona.results import NOTICE

ID = "sim_0123456789ab"
AT = "2024-01-01T12:00:00Z"
START = {
    "config_name": "experimental_design",
    "experimental_condition": "CONTROL",
    "duration_days": 30,
    "stress_event_frequency": 0.1,
    "neutral_event_frequency": 0.3,
}
STARTED = {
    "message": "Simulation started successfully",
    "simulation_id": ID,
    "condition": "CONTROL",
    "status": "running",
    "timestamp": AT,
}
HEALTH = {"status": "healthy", "timestamp": AT, "version": "1.0.0", "app_name": "AI Personality Drift Simulation"}
SYSTEM = {
    "status": "running",
    "services": {"api": "healthy", "redis": "disabled", "qdrant": "embedded", "ollama": "embedded"},
    "simulation": {"is_running": False, "active_personas": 0, "total_events": 0},
    "timestamp": AT,
}
STATUS = {
    "simulation_id": ID,
    "status": "running",
    "current_day": 15,
    "total_days": 30,
    "progress_percentage": 50.0,
    "active_personas": 9,
    "events_processed": 45,
    "assessments_completed": 135,
    "start_time": "2024-01-01T10:00:00Z",
    "estimated_completion": "2024-01-01T14:00:00Z",
    "is_running": True,
    "is_paused": False,
}
RESULTS = {
    "simulation_id": ID,
    "status": "completed",
    "total_personas": 9,
    "total_events": 90,
    "total_assessments": 270,
    "completion_time": "2024-01-01T14:00:00Z",
    "results_summary": {
        "baseline_assessments": {
            "phq9": {"mean": 3.2, "std": 1.8},
            "gad7": {"mean": 2.1, "std": 1.5},
            "pss10": {"mean": 15.3, "std": 4.2},
        },
        "final_assessments": {
            "phq9": {"mean": 4.8, "std": 2.1},
            "gad7": {"mean": 3.2, "std": 1.9},
            "pss10": {"mean": 18.7, "std": 5.1},
        },
        "drift_detected": True,
        "significant_changes": ["phq9", "pss10"],
    },
    "notice": NOTICE,
}
CONFIGS = {
    "configurations": [
        {
            "name": "experimental_design",
            "description": "Standard experimental design",
            "conditions": ["CONTROL", "STRESS", "TRAUMA"],
            "duration_days": 30,
            "personas_per_condition": 3,
        }
    ],
    "simulation_configs": ["experimental_design"],
    "persona_configs": ["kara_baseline"],
    "event_configs": ["stress", "neutral", "minimal"],
}
ASSESSMENTS = {
    "assessments": [
        {
            "id": "assess_0123456789ab",
            "simulation_id": ID,
            "persona_id": "persona_kara",
            "assessment_type": "phq9",
            "score": 7,
            "severity": "mild",
            "responses": [
                {
                    "question": "Little interest or pleasure in doing things",
                    "response": "Several days",
                    "score": 1,
                    "raw_score": 1,
                }
            ],
            "timestamp": AT,
            "simulation_day": 7,
            "valid": True,
            "scoring_method": "statement_contrast",
        }
    ],
    "total_count": 270,
    "summary": {
        "phq9": {"mean": 4.8, "std": 2.1, "min": 0, "max": 18},
        "gad7": {"mean": 3.2, "std": 1.9, "min": 0, "max": 21},
        "pss10": {"mean": 18.7, "std": 5.1, "min": 0, "max": 40},
    },
    "notice": NOTICE,
}
EVENTS = {
    "events": [
        {
            "id": "event_0123456789ab",
            "simulation_id": ID,
            "persona_id": "persona_kara",
            "event_type": "stress",
            "category": "death",
            "title": "Loss of a close friend",
            "description": "A close friend passed away unexpectedly",
            "intensity": 0.8,
            "timestamp": AT,
            "simulation_day": 6,
            "response": "I'm devastated by this loss...",
            "mechanistic_data": {"attention_patterns": {}, "activation_changes": {}, "reason": "Measured at assessments."},
        }
    ],
    "total_count": 90,
    "summary": {"stress_events": 30, "neutral_events": 60, "minimal_events": 0, "average_intensity": 0.45},
    "notice": NOTICE,
}
MECHANISTIC = {
    "mechanistic_data": [
        {
            "id": "mech_0123456789ab",
            "data_type": "attention",
            "simulation_id": ID,
            "persona_id": "persona_kara",
            "timestamp": AT,
            "simulation_day": 7,
            "attention_weights": {"layer_0": [[0.1, 0.2, 0.7]], "layer_1": [[0.3, 0.3, 0.4]]},
            "self_reference_score": 0.75,
            "emotional_salience": 0.82,
            "segments": ["persona", "events", "question"],
        }
    ],
    "total_count": 540,
    "summary": {
        "attention_patterns": {"baseline": {"events": 0.2}, "current": {"events": 0.3}},
        "activation_changes": {"significant_layers": [12, 15, 18]},
        "circuit_tracking": {"self_reference": 0.68, "emotional": 0.72},
    },
    "notice": NOTICE,
}
EVENT_TYPES = {"types": ["stress", "neutral", "minimal"], "stress_categories": ["death", "work"]}
CONDITIONS = {"conditions": [{"value": "CONTROL", "label": "Control", "description": "Ordinary life."}]}
STATS = {
    "total_personas": 9,
    "total_assessments": 270,
    "total_events": 90,
    "total_mechanistic_records": 540,
    "data_size_mb": 1.2,
    "last_updated": AT,
}
REFUSALS: Mapping[int, Any] = {
    400: "No active simulation to stop",
    404: "There is no simulation 'current'. None was started yet.",
    409: "A simulation is already running: sim_0123456789ab is running.",
    413: "The request body has 70000 bytes; 65536 are the most.",
    422: [
        {
            "loc": ["body", "duration_days"],
            "msg": "Input should be less than or equal to 1825; got 4000.",
            "type": "value_error",
        }
    ],
    429: "Rate limit exceeded: 100 requests per minute and address. Try again in 12 s.",
    503: "LLM connection failed: GET http://localhost:11434/api/tags: no answer within 2 s",
}


def answers(good: Any, *refusals: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI answers by status: 200 with its example, and the refusals, 429 always among them."""
    shown: dict[int | str, dict[str, Any]] = {200: _shown("OK", good)}
    return shown | {status: _refused(status) for status in (*refusals, 429)}


def said(verb: str, status: str) -> dict[str, Any]:
    return {"message": f"Simulation {verb} successfully", "simulation_id": ID, "status": status, "timestamp": AT}


def _refused(status: int) -> dict[str, Any]:
    body = {"error": phrase(status), "detail": REFUSALS[status], "status_code": status, "timestamp": AT}
    return _shown(phrase(status), body)


def _shown(description: str, example: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"example": example}}}
