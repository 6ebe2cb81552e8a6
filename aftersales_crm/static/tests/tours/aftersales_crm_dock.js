import { rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

/** Press keys as a scanner does: fast, ended by Enter, wherever the focus is. */
function scan(code) {
    for (const key of [...code, "Enter"]) {
        press(key);
    }
}

function press(key) {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

const calls = [];

function countCalls() {
    rpcBus.addEventListener("RPC:REQUEST", ({ detail }) => {
        if (/dataset.*(stock|aftersales)/.test(detail.url)) {
            calls.push(detail.url);
        }
    });
}

function assertCalls(expected) {
    if (calls.length !== expected) {
        throw new Error(`not ${expected} calls of the server: ${calls}`);
    }
}

registry.category("web_tour.tours").add("aftersales_crm_dock", {
    steps: () => [
        {
            content: "All as announced: the return, the product, Enter",
            trigger: ".o_aftersales_dock_empty",
            run: () => {
                countCalls();
                scan("RMA/TOUR/1");
            },
        },
        {
            trigger: ".o_aftersales_dock_card[data-product*=Kettle]",
            run: () => scan("5901234123457"),
        },
        {
            trigger: ".o_aftersales_dock_feedback.alert-success:contains('Press Enter')",
            run: () => press("Enter"),
        },
        {
            trigger: ".o_aftersales_dock_finished .fa-check-circle",
            run: () => assertCalls(2),
        },
        {
            content: "One of two kettles, a damaged washer, and a toaster that nobody announced",
            trigger: ".o_aftersales_dock_empty",
            run: () => scan("RMA/TOUR/2"),
        },
        {
            trigger: ".o_aftersales_dock_card[data-product*=Washer]",
            run: () => scan("5901234123457"),
        },
        {
            trigger: ".o_aftersales_dock_card.o_active[data-product*=Kettle] input:value(1)",
            run: () => scan("TOUR-W1"),
        },
        {
            content: "One touch: it is damaged",
            trigger: ".o_aftersales_dock_card.o_active[data-product*=Washer] button:contains('Damaged')",
            run: "click",
        },
        {
            content: "Damaged goods are proposed for quarantine",
            trigger: ".o_aftersales_dock_card[data-product*=Washer] button.btn-success:contains('Quarantine')",
            run: () => scan("5909876543210"),
        },
        {
            trigger: ".o_aftersales_dock_card[data-product*=Toaster] .badge:contains('Not announced')",
            run: () => press("Enter"),
        },
        {
            content: "The missing one is told before anything is received",
            trigger: ".o_aftersales_dock_feedback:contains('Missing: 1 × ')",
            run: () => press("Enter"),
        },
        {
            trigger: ".o_aftersales_dock_finished li:contains('RMA/TOUR/2'):contains('1 still to come')",
        },
        {
            content: "A second parcel brings the rest: the code says that all is as announced",
            trigger: ".o_aftersales_dock_empty",
            run: () => scan("RMA/TOUR/2"),
        },
        {
            trigger: ".o_aftersales_dock_card[data-product*=Kettle]",
            run: () => scan("OBTOK"),
        },
        {
            trigger: ".o_aftersales_dock_feedback.alert-success:contains('Press Enter')",
            run: () => press("Enter"),
        },
        {
            trigger: ".o_aftersales_dock_finished li:nth-child(1) .fa-check-circle",
        },
    ],
});

// What the same costs with Odoo's own screens, for comparison.
registry.category("web_tour.tours").add("aftersales_crm_dock_odoo", {
    steps: () => [
        {
            content: "Search the receipt by what is on the slip",
            trigger: ".o_searchview_input",
            run: () => countCalls(),
        },
        {
            trigger: ".o_searchview_input",
            run: "edit RMA/TOUR/1",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains('Transfer'), .o_searchview_autocomplete .o-dropdown-item:contains('Reference')",
            run: "click",
        },
        {
            trigger: ".o_list_renderer:has(.o_data_row:nth-child(1)):not(:has(.o_data_row:nth-child(2))) .o_data_row .o_data_cell",
            run: "click",
        },
        {
            trigger: "button[name=button_validate]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Done')",
        },
        {
            trigger: ".o_form_view",
            run: () => {
                if (calls.length <= 2) {
                    throw new Error(`Odoo's own screens need no more: ${calls}`);
                }
                console.log(`calls of Odoo's own screens: ${calls}`);
            },
        },
    ],
});

registry.category("web_tour.tours").add("aftersales_crm_dock_reload", {
    steps: () => [
        {
            trigger: ".o_aftersales_dock_empty",
            run: () => scan("RMA/TOUR/3"),
        },
        {
            trigger: ".o_aftersales_dock_card[data-product*=Kettle]",
            run: () => scan("5901234123457"),
        },
        {
            trigger: ".o_aftersales_dock_card.o_active[data-product*=Kettle] input:value(1)",
            run: () => scan("5909876543210"),
        },
        {
            content: "The page is reloaded in the middle of a parcel",
            trigger: ".o_aftersales_dock_card[data-product*=Toaster] .badge:contains('Not announced')",
            run: () => location.reload(),
            expectUnloadPage: true,
        },
        {
            content: "What was counted is still there",
            trigger: ".o_aftersales_dock_card[data-product*=Toaster] input:value(1)",
        },
        {
            trigger: ".o_aftersales_dock_card[data-product*=Kettle] input:value(1)",
            run: () => scan("5901234123457"),
        },
        {
            trigger: ".o_aftersales_dock_feedback.alert-success:contains('Press Enter')",
            run: () => press("Enter"),
        },
        {
            content: "What is confirmed is not offered again",
            trigger: ".o_aftersales_dock_finished li:contains('noted for the agent')",
            run: () => location.reload(),
            expectUnloadPage: true,
        },
        {
            trigger: ".o_aftersales_dock_empty",
        },
    ],
});
