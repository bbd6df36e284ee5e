"""The portal's words for the status of a subscription, and Partner Center's own.

The English words stand in "Subscription resources"; the others are inferred from the portal's vocabulary. A word that
is not here is kept as it is (S7).
"""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    "active": "Active Actif Active Aktiv Activo Activa Attivo Attiva Actief Ativo Ativa アクティブ 有効",
    "suspended": "Suspended Suspendu Suspendue Angehalten Ausgesetzt Gesperrt Suspendido Suspendida Sospeso Sospesa "
    "Onderbroken Opgeschort Suspenso Suspensa 中断 一時停止",
    "deleted": "Deleted Supprimé Supprimée Gelöscht Eliminado Eliminada Eliminato Eliminata "
    "Verwijderd Excluído Excluída 削除済み 削除",
    "expired": "Expired Expiré Expirée Abgelaufen Expirado Expirada Caducado Scaduto Scaduta Verlopen 期限切れ",
    "pending": "Pending Ausstehend Pendiente Pendente In-sospeso In-behandeling 保留中",
    "disabled": "Disabled Désactivé Désactivée Deaktiviert Deshabilitado Deshabilitada Disabilitato Disabilitata "
    "Uitgeschakeld Desabilitado Desabilitada 無効",
}

STATUSES: Mapping[str, str] = {
    word.replace("-", " ").casefold(): status for status, words in _WORDS.items() for word in words.split()
}
"""The portal's word in lower case -> Partner Center's."""
